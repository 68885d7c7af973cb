-- A row is a learner of whom two pieces of evidence seem to carry one certificate number (spelt plainly, compared by a
-- digest of it): the few of whom the numbers themselves are compared.
SELECT DISTINCT learner_id
FROM (
    SELECT learner_id, hash({{ norm_certificate("certificate_no") }}) AS digest
    FROM judged
    WHERE problem IS NULL AND certificate_no IS NOT NULL
) AS carried
GROUP BY learner_id, digest
HAVING count(*) > 1
