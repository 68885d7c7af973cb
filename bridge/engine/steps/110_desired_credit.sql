-- view
-- A row is a credit that ought to stand: one activity of one learner in one year, after caps.
SELECT
    c.learner_id, n.activity_key, c.year, r.rule_version, w.form, c.jp, CAST(w.worth AS INT) AS jp_before_caps, o.title, o.organiser,
    w.first_on AS started_on, w.last_on AS ended_on,
    coalesce(c.cut_by, CASE WHEN w.overridden THEN 'decided' ELSE r.rule_reason END) AS reason,
    CASE WHEN j.evidence IS NULL THEN {{ one_item("e.evidence_key") }} ELSE j.evidence END AS evidence,
    coalesce(j.joint_hash, e.evidence_hash) AS activity_hash, c.activity_no
FROM credit AS c
JOIN worth AS w ON w.learner_id = c.learner_id AND w.activity_no = c.activity_no
JOIN activity_name AS n ON n.activity_no = c.activity_no
JOIN offering AS o ON o.offering_no = w.first_offering
JOIN rule_period AS r ON r.rule_no = c.last_rule
JOIN evidence_word AS e ON e.evidence_no = w.first_no
LEFT JOIN joint AS j ON j.learner_id = c.learner_id AND j.activity_no = c.activity_no
