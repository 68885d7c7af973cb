-- A row is a certificate number (spelt plainly) on an activity of a learner who may have a number more than once.
SELECT DISTINCT c.learner_id, c.activity_no, {{ norm_certificate("w.certificate_no") }} AS certificate
FROM counting AS c
JOIN shared_certificate AS s ON s.learner_id = c.learner_id
JOIN evidence_word AS w ON w.evidence_no = c.evidence_no
WHERE c.certificate_mark IS NOT NULL
