-- A row is an activity that repeats, too soon, one that counts: its form's rule lets the same programme or course
-- count anew only after `repeat_years` years. Years are walked from the first: each that counts starts the
-- waiting anew; what itself does not count (held, rejected) neither waits nor makes others wait.
WITH standing AS (
    SELECT v.learner_id, v.activity_key, v.stem_no, v.year, v.repeat_years
    FROM valued AS v
    LEFT JOIN certificate_repeat AS c ON c.learner_id = v.learner_id AND c.activity_key = v.activity_key
    LEFT JOIN clash AS k ON k.learner_id = v.learner_id AND k.activity_key = v.activity_key
    WHERE v.repeat_years > 1 AND v.period_to IS NULL AND NOT v.rejected AND NOT v.accepted AND v.worth > 0
      AND c.activity_key IS NULL AND k.activity_key IS NULL
),
series AS (
    SELECT learner_id, stem_no, CAST(max(repeat_years) AS BIGINT) AS wait, {{ sorted_list("year") }} AS years
    FROM standing GROUP BY learner_id, stem_no HAVING count(*) > 1
),
walked AS (
    SELECT learner_id, stem_no, wait, {{ spaced("years", "wait") }} AS counting_years FROM series
)
SELECT s.learner_id, s.activity_key, w.wait
FROM standing AS s
JOIN walked AS w ON w.learner_id = s.learner_id AND w.stem_no = s.stem_no
WHERE NOT array_contains(w.counting_years, s.year)
