-- A row is a credit that the ledger lacks or holds with other JP, in numbers.
SELECT c.*, CAST(c.jp - coalesce(b.jp, 0) AS INT) AS change, coalesce(b.jp, 0) AS stood_jp, coalesce(b.entries, 0) AS entries
FROM credit AS c
LEFT JOIN stood AS b ON b.learner_id = c.learner_id AND b.activity_no = c.activity_no AND b.year = c.year
WHERE c.jp <> coalesce(b.jp, 0)
