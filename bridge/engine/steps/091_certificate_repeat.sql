-- A row is an activity whose certificate number another activity of the same person carries too: the number
-- counts once, for the programme's activity before others, then by key.
WITH carried AS (
    SELECT DISTINCT learner_id, stem_no, period_from, period_to, {{ norm_certificate("certificate_no") }} AS certificate
    FROM assessed
    WHERE problem IS NULL AND certificate_no IS NOT NULL
),
shared AS (
    SELECT learner_id, certificate FROM carried
    WHERE length(certificate) >= 5 AND {{ extract("certificate", "([0-9])", 1) }} <> ''
    GROUP BY learner_id, certificate HAVING count(*) > 1
),
ranked AS (
    SELECT c.learner_id, c.certificate, a.activity_key,
        row_number() OVER (PARTITION BY c.learner_id, c.certificate
            ORDER BY CASE WHEN a.programme_code IS NOT NULL THEN 0 ELSE 1 END, a.activity_key) AS place
    FROM shared AS s
    JOIN carried AS c ON c.learner_id = s.learner_id AND c.certificate = s.certificate
    JOIN valued AS a ON a.learner_id = c.learner_id AND a.stem_no = c.stem_no
     AND a.period_from = c.period_from AND a.period_to IS NOT DISTINCT FROM c.period_to
)
SELECT r.learner_id, r.activity_key, min(r.certificate) AS certificate_number, min(f.activity_key) AS counted_key
FROM ranked AS r
JOIN ranked AS f ON f.learner_id = r.learner_id AND f.certificate = r.certificate AND f.place = 1
WHERE r.place > 1
GROUP BY r.learner_id, r.activity_key
