-- A row is a pair of activities in class of one learner on the same day or days; `earlier` is the one that
-- stands for certain (the smaller JP, then the earlier, then by key), `later` the one in question.
WITH classroom AS (
    SELECT v.learner_id, v.activity_no, v.worth, v.class_from, v.class_to, v.first_offering, v.last_rule, v.accepted
    FROM worth AS v
    JOIN rule_period AS r ON r.rule_no = v.last_rule AND r.basis IN ('programme', 'per_day')
    LEFT JOIN certificate_repeat AS c ON c.learner_id = v.learner_id AND c.activity_no = v.activity_no
    WHERE v.class_from IS NOT NULL AND v.worth > 0 AND NOT v.rejected
      AND (c.activity_no IS NULL OR v.accepted)
),
pair AS (
    SELECT a.learner_id, a.activity_no AS earlier_no, b.activity_no AS later_no, a.first_offering AS earlier_offering,
        b.first_offering AS later_offering, b.last_rule, a.worth AS earlier_worth, b.worth AS later_worth,
        a.class_from AS earlier_from, a.class_to AS earlier_to, b.class_from AS later_from, b.class_to AS later_to, b.accepted
    FROM classroom AS a
    JOIN classroom AS b ON b.learner_id = a.learner_id
     AND a.class_from <= b.class_to AND b.class_from <= a.class_to
     AND (a.worth < b.worth OR (a.worth = b.worth AND (a.class_from < b.class_from
          OR (a.class_from = b.class_from AND a.activity_no < b.activity_no))))
)
SELECT p.learner_id, p.earlier_no, p.later_no, e.title AS earlier_title, l.title AS later_title,
    e.plain_title AS earlier_plain, l.plain_title AS later_plain,
    p.earlier_from = p.later_from AND p.earlier_to = p.later_to AS same_days,
    {{ int_div("p.earlier_worth", days("p.earlier_from", "p.earlier_to")) }}
        + {{ int_div("p.later_worth", days("p.later_from", "p.later_to")) }} > r.jp_day_max AS too_much,
    p.accepted,
    CASE WHEN p.earlier_from > p.later_from THEN p.earlier_from ELSE p.later_from END AS shared_from,
    CASE WHEN p.earlier_to < p.later_to THEN p.earlier_to ELSE p.later_to END AS shared_to
FROM pair AS p
JOIN offering AS e ON e.offering_no = p.earlier_offering
JOIN offering AS l ON l.offering_no = p.later_offering
JOIN rule_period AS r ON r.rule_no = p.last_rule
