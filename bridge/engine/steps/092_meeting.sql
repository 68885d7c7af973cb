-- A row is a pair of activities in class of one learner on the same day or days; `earlier` is the one that
-- stands for certain (the smaller JP, then the earlier, then by key), `later` the one in question.
WITH classroom AS (
    SELECT v.learner_id, v.activity_key, v.worth, v.class_from, v.class_to, v.plain_title, v.title, v.accepted,
           v.first_evidence, v.jp_day_max, {{ int_div("v.worth", days("v.class_from", "v.class_to")) }} AS jp_a_day
    FROM valued AS v
    LEFT JOIN certificate_repeat AS c ON c.learner_id = v.learner_id AND c.activity_key = v.activity_key
    WHERE v.class_from IS NOT NULL AND v.basis IN ('programme', 'per_day') AND v.worth > 0 AND NOT v.rejected
      AND (c.activity_key IS NULL OR v.accepted)
)
SELECT a.learner_id, a.activity_key AS earlier_key, b.activity_key AS later_key, a.title AS earlier_title,
       b.title AS later_title, a.plain_title AS earlier_plain, b.plain_title AS later_plain,
       a.class_from = b.class_from AND a.class_to = b.class_to AS same_days,
       a.jp_a_day + b.jp_a_day > b.jp_day_max AS too_much, b.accepted, b.first_evidence AS later_evidence,
       CASE WHEN a.class_from > b.class_from THEN a.class_from ELSE b.class_from END AS shared_from,
       CASE WHEN a.class_to < b.class_to THEN a.class_to ELSE b.class_to END AS shared_to
FROM classroom AS a
JOIN classroom AS b ON b.learner_id = a.learner_id
 AND a.class_from <= b.class_to AND b.class_from <= a.class_to
 AND (a.worth < b.worth OR (a.worth = b.worth AND (a.class_from < b.class_from
      OR (a.class_from = b.class_from AND a.activity_key < b.activity_key))))
