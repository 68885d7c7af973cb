-- A row is a learner of whom two pieces of evidence seem to carry one certificate number (spelt plainly, compared by a
-- digest of it): the few of whom the numbers themselves are compared.
SELECT DISTINCT learner_id
FROM (
    SELECT learner_id FROM counting WHERE certificate_mark IS NOT NULL
    GROUP BY learner_id, certificate_mark HAVING count(*) > 1
) AS repeated_mark
