-- A row is a credit that ought to stand: one activity of one learner in one year, after caps.
SELECT
    c.learner_id, c.activity_key, CAST(c.year AS INT) AS year, c.rule_version, c.form,
    CAST(coalesce(y.granted, c.worth) AS INT) AS jp, CAST(c.worth AS INT) AS jp_before_caps, c.title, c.organiser,
    c.first_on AS started_on, c.last_on AS ended_on,
    coalesce(y.cut_by, CASE WHEN c.overridden THEN 'decided' ELSE concat('rule-', replace(c.basis, '_', '-')) END) AS reason,
    CASE WHEN c.all_evidence IS NULL THEN {{ one_item("c.first_evidence") }} ELSE c.all_evidence END AS evidence,
    c.activity_hash
FROM counted AS c
LEFT JOIN year_cap AS y ON y.learner_id = c.learner_id AND y.activity_key = c.activity_key
WHERE coalesce(y.granted, c.worth) > 0
