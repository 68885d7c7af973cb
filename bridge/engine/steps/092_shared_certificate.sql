-- A row is a certificate number (spelt plainly) on more than one piece of evidence of one learner.
SELECT learner_id, certificate
FROM (
    SELECT learner_id, evidence_no, {{ norm_certificate("certificate_no") }} AS certificate
    FROM judged
    WHERE problem IS NULL AND certificate_no IS NOT NULL
) AS carried
GROUP BY learner_id, certificate
HAVING min(evidence_no) <> max(evidence_no)
