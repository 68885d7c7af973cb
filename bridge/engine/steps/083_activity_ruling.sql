-- A row is what people decided about one activity of one learner, where the evidence is still that on which they
-- decided.
WITH asked AS (
    SELECT v.owner AS learner_id, n.activity_no, n.activity_key, v.verdict, v.verdict_on, v.override_jp, v.override_on
    FROM ruling AS v
    JOIN activity_name AS n ON n.activity_key = v.subject
    WHERE v.owner IS NOT NULL
),
piece AS (
    SELECT c.learner_id, c.activity_no, min(c.evidence_no) AS first_no, min(c.offering_no) AS first_offering
    FROM asked AS q JOIN claim AS c ON c.learner_id = q.learner_id AND c.activity_no = q.activity_no
    GROUP BY c.learner_id, c.activity_no
)
SELECT q.learner_id, q.activity_no, q.activity_key, q.title, q.activity_hash, q.override_jp,
    coalesce(q.override_on = q.activity_hash, FALSE) AS override_applies,
    coalesce(q.verdict = 'accept' AND q.verdict_on = q.activity_hash, FALSE) AS accepted,
    coalesce(q.verdict = 'reject' AND q.verdict_on = q.activity_hash, FALSE) AS rejected
FROM (
    SELECT q.*, o.title, coalesce(j.joint_hash, e.evidence_hash) AS activity_hash
    FROM asked AS q
    JOIN piece AS p ON p.learner_id = q.learner_id AND p.activity_no = q.activity_no
    JOIN offering AS o ON o.offering_no = p.first_offering
    JOIN evidence_word AS e ON e.evidence_no = p.first_no
    LEFT JOIN joint AS j ON j.learner_id = q.learner_id AND j.activity_no = q.activity_no
) AS q
