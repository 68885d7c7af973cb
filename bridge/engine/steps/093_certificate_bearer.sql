-- A row is a piece of evidence with a certificate number, of a learner who has a number more than once.
SELECT c.learner_id, c.activity_no, c.certificate_no
FROM claim AS c
JOIN (SELECT DISTINCT learner_id FROM shared_certificate) AS s ON s.learner_id = c.learner_id
WHERE c.certificate_no IS NOT NULL
