-- view
-- A row is a credit that the ledger lacks or holds with other JP.
SELECT c.learner_id, c.activity_no, c.year, c.last_rule, c.jp, c.cut_by, w.form, w.first_offering, w.overridden, w.first_on,
    w.last_on, w.first_no, c.change, c.jp - c.change AS stood_jp, c.entries_so_far AS entries
FROM change AS c
JOIN worth AS w ON w.learner_id = c.learner_id AND w.activity_no = c.activity_no
WHERE c.jp IS NOT NULL
