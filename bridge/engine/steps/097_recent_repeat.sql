-- A row is an activity that repeats, too soon, one that counts: its form's rule lets the same programme or course
-- count anew only after `repeat_years` years. Years are walked from the first: each that counts starts the
-- waiting anew; what itself does not count (held, rejected) neither waits nor makes others wait.
WITH standing AS (
    SELECT w.learner_id, w.activity_no, n.stem_no, year(w.last_on) AS year, r.repeat_years
    FROM worth AS w
    JOIN rule_period AS r ON r.rule_no = w.last_rule
    JOIN activity_name AS n ON n.activity_no = w.activity_no
    LEFT JOIN certificate_repeat AS c ON c.learner_id = w.learner_id AND c.activity_no = w.activity_no
    LEFT JOIN clash AS k ON k.learner_id = w.learner_id AND k.activity_no = w.activity_no
    WHERE r.repeat_years > 1 AND n.period_to IS NULL AND NOT w.rejected AND NOT w.accepted AND w.worth > 0
      AND c.activity_no IS NULL AND k.activity_no IS NULL
),
series AS (
    SELECT learner_id, stem_no, CAST(max(repeat_years) AS BIGINT) AS wait, {{ sorted_list("year") }} AS years
    FROM standing GROUP BY learner_id, stem_no HAVING count(*) > 1
),
walked AS (
    SELECT learner_id, stem_no, wait, {{ spaced("years", "wait") }} AS counting_years FROM series
)
SELECT s.learner_id, s.activity_no, w.wait
FROM standing AS s
JOIN walked AS w ON w.learner_id = s.learner_id AND w.stem_no = s.stem_no
WHERE NOT array_contains(w.counting_years, s.year)
