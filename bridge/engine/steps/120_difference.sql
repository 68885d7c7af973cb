-- view
-- A row is an entry that the ledger needs: what ought to stand minus what stands, where they differ.
SELECT
    d.learner_id, l.person_key, n.activity_key, d.year, r.rule_version,
    CASE WHEN d.stood_jp = 0 THEN 'award' ELSE 'adjustment' END AS kind,
    d.entries AS ordinal, d.form, d.change AS jp, o.title, o.organiser, d.first_on AS started_on, d.last_on AS ended_on,
    coalesce(d.cut_by, CASE WHEN d.overridden THEN 'decided' ELSE r.rule_reason END) AS reason,
    CASE WHEN j.evidence IS NULL THEN {{ one_item("e.evidence_key") }} ELSE j.evidence END AS evidence
FROM due AS d
JOIN learner AS l ON l.learner_id = d.learner_id
JOIN activity_name AS n ON n.activity_no = d.activity_no
JOIN offering AS o ON o.offering_no = d.first_offering
JOIN rule_period AS r ON r.rule_no = d.last_rule
JOIN evidence_word AS e ON e.evidence_no = d.first_no
LEFT JOIN joint AS j ON j.learner_id = d.learner_id AND j.activity_no = d.activity_no
UNION ALL
SELECT
    c.learner_id, l.person_key, b.activity_key, c.year, b.rule_version, 'reversal' AS kind, c.entries AS ordinal,
    b.form, CAST(-c.jp AS INT) AS jp, b.title, b.organiser, b.started_on, b.ended_on, 'no-longer-due' AS reason, NULL AS evidence
FROM no_longer_due AS c
JOIN learner AS l ON l.learner_id = c.learner_id
JOIN balance AS b ON b.learner_id = c.learner_id AND b.year = c.year AND b.activity_key = c.activity_key
