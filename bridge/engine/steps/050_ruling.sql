-- A row is what people decided last about one piece of evidence, or one activity of `owner`
-- (an activity's key is the same for all who took part, a piece of evidence has one owner anyway: null).
WITH latest AS (
    SELECT subject, CASE WHEN subject LIKE 'activity1%' THEN learner_id END AS owner, made_on, learner_id, jp, kind, reason,
           CASE WHEN kind IN ('accept', 'reject') THEN 'verdict' ELSE kind END AS about,
           row_number() OVER (
               PARTITION BY subject, CASE WHEN subject LIKE 'activity1%' THEN learner_id END,
                   CASE WHEN kind IN ('accept', 'reject') THEN 'verdict' ELSE kind END
               ORDER BY decision_id DESC) AS age
    FROM decision
)
SELECT
    subject, owner,
    max(CASE WHEN about = 'verdict' THEN kind END) AS verdict,
    max(CASE WHEN about = 'verdict' THEN made_on END) AS verdict_on,
    max(CASE WHEN about = 'link' THEN learner_id END) AS link_to,
    max(CASE WHEN about = 'link' THEN made_on END) AS link_on,
    max(CASE WHEN about = 'override_jp' THEN jp END) AS override_jp,
    max(CASE WHEN about = 'override_jp' THEN made_on END) AS override_on
FROM latest WHERE age = 1
GROUP BY subject, owner
