-- A row is where what ought to stand and what stands differ: the difference in numbers, and how many entries there
-- are already. `activity_no` is null where no evidence makes the ledger's activity any more.
WITH stood AS (
    SELECT b.learner_id, n.activity_no, CASE WHEN n.activity_no IS NULL THEN b.activity_key END AS lost_key, b.year, b.jp,
           b.entries
    FROM balance AS b
    LEFT JOIN activity_name AS n ON n.activity_key = b.activity_key
),
told AS (
    SELECT learner_id, activity_no, year, jp AS signed_jp, 1 AS wanted, 0 AS entries FROM credit
    UNION ALL
    SELECT learner_id, activity_no, year, -jp AS signed_jp, 0 AS wanted, entries FROM stood WHERE lost_key IS NULL
)
SELECT learner_id, activity_no, CAST(NULL AS STRING) AS lost_key, year, CAST(sum(signed_jp) AS INT) AS jp,
    max(wanted) AS is_due, CAST(max(entries) AS INT) AS entries_so_far,
    -sum(CASE WHEN wanted = 0 THEN signed_jp ELSE 0 END) AS stood_jp
FROM told
GROUP BY learner_id, activity_no, year
HAVING sum(signed_jp) <> 0
UNION ALL
SELECT learner_id, CAST(NULL AS BIGINT) AS activity_no, lost_key, year, CAST(-jp AS INT) AS jp, 0 AS is_due,
    entries AS entries_so_far, jp AS stood_jp
FROM stood
WHERE lost_key IS NOT NULL AND jp <> 0
