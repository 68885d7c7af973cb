-- view
-- A row is a credit that the ledger lacks or holds with other JP.
SELECT d.*, c.change, d.jp - c.change AS stood_jp, c.entries_so_far AS entries
FROM change AS c
JOIN credit AS d ON d.learner_id = c.learner_id AND d.activity_no = c.activity_no AND d.year = c.year
