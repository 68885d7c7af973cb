-- A row is where what ought to stand and what stands differ, in numbers, with how many entries there are already
-- in the ledger. `activity_key` is there only where no evidence makes the ledger's activity any more.
SELECT coalesce(c.learner_id, s.learner_id) AS learner_id, coalesce(c.activity_no, s.activity_no) AS activity_no,
    CAST(NULL AS STRING) AS activity_key, coalesce(c.year, s.year) AS year,
    CAST(coalesce(c.jp, 0) - coalesce(s.jp, 0) AS INT) AS change, CAST(coalesce(s.entries, 0) AS INT) AS entries_so_far
FROM credit AS c
FULL OUTER JOIN (SELECT learner_id, activity_no, year, jp, entries FROM stood WHERE activity_no IS NOT NULL) AS s
  ON s.learner_id = c.learner_id AND s.activity_no = c.activity_no AND s.year = c.year
WHERE coalesce(c.jp, 0) <> coalesce(s.jp, 0)
UNION ALL
SELECT learner_id, activity_no, activity_key, year, CAST(-jp AS INT) AS change, entries AS entries_so_far
FROM stood
WHERE activity_no IS NULL AND jp <> 0
