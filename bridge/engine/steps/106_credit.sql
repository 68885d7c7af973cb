-- A row is a credit that ought to stand, in numbers: one activity of one learner in one year, after caps. What else is
-- known of the activity is in `worth`.
SELECT w.learner_id, w.activity_no, CAST(year(w.last_on) AS INT) AS year, w.last_rule,
    CAST(coalesce(t.granted, c.granted, w.worth) AS INT) AS jp, coalesce(t.cut_by, c.cut_by) AS cut_by
FROM standing_worth AS w
LEFT JOIN capped AS c ON c.learner_id = w.learner_id AND c.activity_no = w.activity_no
LEFT JOIN total_cap AS t ON t.learner_id = w.learner_id AND t.activity_no = w.activity_no
WHERE coalesce(t.granted, c.granted, w.worth) > 0
