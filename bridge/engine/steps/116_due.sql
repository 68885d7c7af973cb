-- view
-- A row is a credit that the ledger lacks or holds with other JP.
SELECT d.learner_id, d.activity_no, d.year, d.last_rule, d.jp, d.cut_by, w.form, w.first_offering, w.overridden, w.first_on,
    w.last_on, w.first_no, c.change, d.jp - c.change AS stood_jp, c.entries_so_far AS entries
FROM change AS c
JOIN credit AS d ON d.learner_id = c.learner_id AND d.activity_no = c.activity_no AND d.year = c.year
JOIN worth AS w ON w.learner_id = c.learner_id AND w.activity_no = c.activity_no
