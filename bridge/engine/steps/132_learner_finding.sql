-- A row is something about a learner's year or a decision that needs a person.
SELECT 'PPPK-CEILING' AS code, concat('year1', chr(31), {{ escaped("l.person_key") }}, chr(31), CAST(t.year AS STRING)) AS subject,
    l.learner_id, {{ json(name="l.name", year="t.year", jp=shown_jp("t.total"), ceiling=shown_jp("t.ceiling")) }} AS params
FROM (
    SELECT d.learner_id, d.year, sum(d.jp) AS total, max(r.pppk_ceiling) AS ceiling
    FROM learner AS p
    JOIN credit AS d ON d.learner_id = p.learner_id
    JOIN rule_period AS r ON r.rule_no = d.last_rule
    WHERE p.employment = 'PPPK'
    GROUP BY d.learner_id, d.year
    HAVING sum(d.jp) > max(r.pppk_ceiling)
) AS t
JOIN learner AS l ON l.learner_id = t.learner_id
UNION ALL
SELECT 'DECISION-STALE' AS code, r.subject, i.learner_id, {{ json(title="o.title", name="r.learner_name") }} AS params
FROM evidence_ruling AS r
JOIN assessed AS i ON i.evidence_no = r.evidence_no
JOIN (SELECT offer, min(title) AS title FROM offering GROUP BY offer) AS o ON o.offer = i.offer
WHERE r.stale AND (i.problem IS NULL OR i.problem <> 'EVIDENCE-WITHDRAWN')
UNION ALL
SELECT 'DECISION-STALE' AS code,
    concat('decision1', chr(31), {{ escaped("l.person_key") }}, chr(31), {{ escaped("r.subject") }}) AS subject,
    r.owner AS learner_id, {{ json(title="v.title", name="l.name") }} AS params
FROM ruling AS r
JOIN learner AS l ON l.learner_id = r.owner
LEFT JOIN activity_ruling AS v ON v.learner_id = r.owner AND v.activity_key = r.subject
WHERE v.activity_key IS NULL OR r.verdict_on <> v.activity_hash OR r.override_on <> v.activity_hash
