-- A row is online time that does not fit beside a class: a completion with stated minutes on a day on which the
-- same person sat in class, together more JP than a day holds. A remark: the minutes may be of other days.
WITH online AS (
    SELECT a.learner_id, a.stem_no, a.period_from, a.evidence_key, a.ended_on AS day, a.minutes, a.offer
    FROM assessed AS a
    WHERE a.problem IS NULL AND a.kind = 'completion' AND a.minutes > 0 AND NOT a.accepted
),
classroom AS (
    SELECT c.learner_id, c.stem_no, c.title, c.class_from, c.class_to, c.jp_day_max,
           {{ int_div("c.worth", days("c.class_from", "c.class_to")) }} AS jp_a_day
    FROM counted AS c
    WHERE c.class_from IS NOT NULL AND c.basis IN ('programme', 'per_day')
)
SELECT o.learner_id, o.evidence_key, o.offer, o.day, o.minutes, min(c.title) AS class_title
FROM online AS o
JOIN classroom AS c ON c.learner_id = o.learner_id AND c.stem_no <> o.stem_no
 AND o.day BETWEEN c.class_from AND c.class_to
WHERE c.jp_a_day + {{ int_div("CAST(o.minutes AS BIGINT) * 100", "45") }} > c.jp_day_max
GROUP BY o.learner_id, o.evidence_key, o.offer, o.day, o.minutes
