-- A row is where what ought to stand and what stands differ, in numbers, with how many entries there are already
-- in the ledger. `activity_key` is there only where no evidence makes the ledger's
-- activity any more.
SELECT learner_id, activity_no, CAST(NULL AS STRING) AS activity_key, year, CAST(sum(signed_jp) AS INT) AS change,
    CAST(max(entries) AS INT) AS entries_so_far
FROM (
    SELECT learner_id, activity_no, year, jp AS signed_jp, 0 AS entries FROM credit
    UNION ALL
    SELECT learner_id, activity_no, year, CAST(-jp AS INT) AS signed_jp, entries FROM stood WHERE activity_no IS NOT NULL
) AS told
GROUP BY learner_id, activity_no, year
HAVING sum(signed_jp) <> 0
UNION ALL
SELECT learner_id, activity_no, activity_key, year, CAST(-jp AS INT) AS change, entries AS entries_so_far
FROM stood
WHERE activity_no IS NULL AND jp <> 0
