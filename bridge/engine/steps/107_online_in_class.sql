-- A row is online time that does not fit beside a class: a completion with stated minutes on a day on which the
-- same person sat in class, together more JP than a day holds. A remark: the minutes may be of other days.
WITH online AS (
    SELECT a.learner_id, {{ int_div("a.activity_no", "17179869184") }} AS stem_no, a.evidence_no, a.ended_on AS day, a.minutes, a.offer
    FROM counting AS a
    WHERE a.offer < 0 AND a.minutes > 0 AND NOT a.accepted
),
classroom AS (
    SELECT w.learner_id, n.stem_no, o.title, w.class_from, w.class_to, r.jp_day_max,
           {{ int_div("w.worth", days("w.class_from", "w.class_to")) }} AS jp_a_day
    FROM standing_worth AS w
    JOIN activity_name AS n ON n.activity_no = w.activity_no
    JOIN offering AS o ON o.offering_no = w.first_offering
    JOIN rule_period AS r ON r.rule_no = w.last_rule
    WHERE w.class_from IS NOT NULL AND r.basis IN ('programme', 'per_day')
)
SELECT o.learner_id, o.evidence_no, o.offer, o.day, o.minutes, min(c.title) AS class_title
FROM online AS o
JOIN classroom AS c ON c.learner_id = o.learner_id AND c.stem_no <> o.stem_no
 AND o.day BETWEEN c.class_from AND c.class_to
WHERE c.jp_a_day + {{ int_div("CAST(o.minutes AS BIGINT) * 100", "45") }} > c.jp_day_max
GROUP BY o.learner_id, o.evidence_no, o.offer, o.day, o.minutes
