-- view
-- A row is an activity that counts: not rejected, not a repeat, not held, worth more than nothing.
SELECT v.*
FROM valued AS v
JOIN standing_worth AS w ON w.learner_id = v.learner_id AND w.activity_no = v.activity_no
