-- A row is an activity whose certificate number another activity of the same person carries too: the number
-- counts once, for the programme's activity before others, then by key.
WITH ranked AS (
    SELECT c.learner_id, c.certificate, a.activity_no, o.title,
        row_number() OVER (PARTITION BY c.learner_id, c.certificate
            ORDER BY CASE WHEN o.programme_code IS NOT NULL THEN 0 ELSE 1 END, a.activity_no) AS place
    FROM certificate_bearer AS c
    JOIN worth AS a ON a.learner_id = c.learner_id AND a.activity_no = c.activity_no
    JOIN offering AS o ON o.offering_no = a.first_offering
    WHERE length(c.certificate) >= 5 AND {{ extract("c.certificate", "([0-9])", 1) }} <> ''
)
SELECT r.learner_id, r.activity_no, min(r.certificate) AS certificate_number, min(f.title) AS counted_title
FROM ranked AS r
JOIN ranked AS f ON f.learner_id = r.learner_id AND f.certificate = r.certificate AND f.place = 1
WHERE r.place > 1
GROUP BY r.learner_id, r.activity_no
