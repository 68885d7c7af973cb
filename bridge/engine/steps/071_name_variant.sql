-- A row is a name on evidence that the roster writes otherwise, beside the roster's: few, so that only they are
-- spelt plainly.
SELECT v.learner_id, v.other_name AS learner_name, l.name AS written_name
FROM (SELECT DISTINCT learner_id, other_name FROM assessed WHERE other_name IS NOT NULL) AS v
JOIN learner AS l ON l.learner_id = v.learner_id
