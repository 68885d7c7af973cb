-- A row is a certificate number (spelt plainly) on an activity of a learner who may have a number more than once.
SELECT DISTINCT c.learner_id, c.activity_no, {{ norm_certificate("c.certificate_no") }} AS certificate
FROM judged AS c
JOIN shared_certificate AS s ON s.learner_id = c.learner_id
WHERE c.problem IS NULL AND c.certificate_no IS NOT NULL
