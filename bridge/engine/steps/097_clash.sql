-- A row is an activity in class that is held because of another on the same days: the same activity under two
-- titles (DUPLICATE-ACTIVITY: half of the words are shared) or two places at once (OVERLAP: more JP than the
-- days hold). Which of the two is right is never guessed; the smaller one stands, a person decides on this one.
WITH judged AS (
    SELECT m.learner_id, m.later_no, m.earlier_title, m.later_title, m.shared_from, m.shared_to,
        CASE WHEN 2 * coalesce(l.shared_words, 0) >= coalesce(l.least_words, 1) AND (m.same_days OR m.too_much)
             THEN 'DUPLICATE-ACTIVITY'
             WHEN m.too_much THEN 'OVERLAP' END AS code
    FROM meeting AS m
    LEFT JOIN title_likeness AS l ON l.earlier_plain = m.earlier_plain AND l.later_plain = m.later_plain
    WHERE NOT m.accepted
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY learner_id, later_no ORDER BY code, earlier_title, shared_from, shared_to) AS place
    FROM judged WHERE code IS NOT NULL
)
SELECT learner_id, later_no AS activity_no, code, earlier_title, later_title, shared_from,
       shared_to
FROM ranked WHERE place = 1
