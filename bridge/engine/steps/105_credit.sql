-- A row is a credit that ought to stand, in numbers: one activity of one learner in one year, after caps.
SELECT w.learner_id, w.activity_no, CAST(year(w.last_on) AS INT) AS year, w.form, w.last_rule, w.first_offering, w.basis,
    w.overridden, CAST(coalesce(y.granted, w.worth) AS INT) AS jp, CAST(w.worth AS INT) AS jp_before_caps, y.cut_by,
    w.first_on, w.last_on, w.first_no, w.pieces
FROM standing_worth AS w
LEFT JOIN year_cap AS y ON y.learner_id = w.learner_id AND y.activity_no = w.activity_no
WHERE coalesce(y.granted, w.worth) > 0
