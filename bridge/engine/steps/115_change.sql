-- A row is where what ought to stand and what stands differ, in numbers, with how many entries there are already
-- in the ledger. `activity_key` is there only where no evidence makes the ledger's activity any more; `jp`, the rule
-- and the cut only where something ought to stand.
SELECT coalesce(c.learner_id, s.learner_id) AS learner_id, coalesce(c.activity_no, s.activity_no) AS activity_no,
    s.activity_key, coalesce(c.year, s.year) AS year,
    CAST(coalesce(c.jp, 0) - coalesce(s.jp, 0) AS INT) AS change, CAST(coalesce(s.entries, 0) AS INT) AS entries_so_far,
    c.jp, c.last_rule, c.cut_by
FROM credit AS c
FULL OUTER JOIN stood AS s ON s.learner_id = c.learner_id AND s.activity_no = c.activity_no AND s.year = c.year
WHERE coalesce(c.jp, 0) <> coalesce(s.jp, 0)
