-- view
-- A row is what the ledger holds and no evidence gives any more.
SELECT c.learner_id, coalesce(c.activity_key, n.activity_key) AS activity_key, c.year, -c.change AS jp,
    c.entries_so_far AS entries
FROM change AS c
LEFT JOIN activity_name AS n ON n.activity_no = c.activity_no
WHERE c.jp IS NULL
