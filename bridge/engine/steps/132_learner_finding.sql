-- A row is something about a learner's year or a decision that needs a person.
SELECT 'PPPK-CEILING' AS code, concat('year1', chr(31), {{ escaped("l.person_key") }}, chr(31), CAST(t.year AS STRING)) AS subject,
    l.learner_id, {{ json(name="l.name", year="t.year", jp=shown_jp("t.total"), ceiling=shown_jp("t.ceiling")) }} AS params
FROM (
    SELECT d.learner_id, d.year, sum(d.jp) AS total, max(r.pppk_ceiling) AS ceiling
    FROM desired_credit AS d
    JOIN (SELECT DISTINCT rule_version, pppk_ceiling FROM rule) AS r ON r.rule_version = d.rule_version
    GROUP BY d.learner_id, d.year
) AS t
JOIN learner AS l ON l.learner_id = t.learner_id
WHERE l.employment = 'PPPK' AND t.total > t.ceiling
UNION ALL
SELECT 'DECISION-STALE' AS code, r.subject, i.learner_id, {{ json(title="o.title", name="i.learner_name") }} AS params
FROM ruling AS r
JOIN identified AS i ON i.evidence_key = r.subject
JOIN (SELECT offer, min(title) AS title FROM offering GROUP BY offer) AS o ON o.offer = i.offer
WHERE i.standing = 'completed'
  AND (r.verdict_on <> i.evidence_hash OR r.link_on <> i.evidence_hash OR r.override_on <> i.evidence_hash)
UNION ALL
SELECT 'DECISION-STALE' AS code,
    concat('decision1', chr(31), {{ escaped("l.person_key") }}, chr(31), {{ escaped("r.subject") }}) AS subject,
    r.owner AS learner_id, {{ json(title="v.title", name="l.name") }} AS params
FROM ruling AS r
JOIN learner AS l ON l.learner_id = r.owner
LEFT JOIN valued AS v ON v.learner_id = r.owner AND v.activity_key = r.subject
WHERE v.activity_key IS NULL OR r.verdict_on <> v.activity_hash OR r.override_on <> v.activity_hash
