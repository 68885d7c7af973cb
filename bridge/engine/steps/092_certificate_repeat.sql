-- A row is an activity whose certificate number another activity of the same person carries too: the number
-- counts once, for the programme's activity before others, then by key.
WITH carried AS (
    SELECT learner_id, activity_no, {{ norm_certificate("certificate_no") }} AS certificate
    FROM claim
    WHERE certificate_no IS NOT NULL
),
shared AS (
    SELECT learner_id, certificate FROM carried
    GROUP BY learner_id, certificate HAVING min(activity_no) <> max(activity_no)
),
bearer AS (
    SELECT DISTINCT c.learner_id, c.activity_no, c.certificate
    FROM shared AS s
    JOIN carried AS c ON c.learner_id = s.learner_id AND c.certificate = s.certificate
    WHERE length(s.certificate) >= 5 AND {{ extract("s.certificate", "([0-9])", 1) }} <> ''
),
ranked AS (
    SELECT c.learner_id, c.certificate, a.activity_no, o.title,
        row_number() OVER (PARTITION BY c.learner_id, c.certificate
            ORDER BY CASE WHEN o.programme_code IS NOT NULL THEN 0 ELSE 1 END, a.activity_no) AS place
    FROM bearer AS c
    JOIN worth AS a ON a.learner_id = c.learner_id AND a.activity_no = c.activity_no
    JOIN offering AS o ON o.offering_no = a.first_offering
)
SELECT r.learner_id, r.activity_no, min(r.certificate) AS certificate_number, min(f.title) AS counted_title
FROM ranked AS r
JOIN ranked AS f ON f.learner_id = r.learner_id AND f.certificate = r.certificate AND f.place = 1
WHERE r.place > 1
GROUP BY r.learner_id, r.activity_no
