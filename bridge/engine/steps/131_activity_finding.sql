-- A row is something about one activity of a learner that needs a person; its subject is the activity's first
-- piece of evidence, so that the person decides on evidence.
SELECT k.code, k.evidence_key AS subject, k.learner_id,
    {{ json(title="k.later_title", other="k.earlier_title", **{"from": "k.shared_from", "until": "k.shared_to"}) }} AS params
FROM clash AS k
UNION ALL
SELECT 'CERTIFICATE-REPEATED' AS code, v.first_evidence AS subject, v.learner_id,
    {{ json(title="v.title", certificate="c.certificate_number", other="f.title") }} AS params
FROM certificate_repeat AS c
JOIN valued AS v ON v.learner_id = c.learner_id AND v.activity_key = c.activity_key
JOIN valued AS f ON f.learner_id = c.learner_id AND f.activity_key = c.counted_key
WHERE NOT v.accepted AND NOT v.rejected
UNION ALL
SELECT 'BLENDED-INCOMPLETE' AS code, v.first_evidence AS subject, v.learner_id,
    {{ json(title="v.title", done="v.slots_done", parts="v.slots") }} AS params
FROM valued AS v
WHERE v.worth = 0 AND v.slots > 1 AND NOT v.rejected
UNION ALL
SELECT 'PROGRAMME-REPEATED' AS code, v.first_evidence AS subject, v.learner_id,
    {{ json(title="v.title", year="v.year", times="v.pieces") }} AS params
FROM valued AS v
WHERE v.pieces > 1 AND v.apart AND v.period_to IS NULL AND NOT v.rejected
UNION ALL
SELECT 'CAP-EXCEEDED' AS code, v.first_evidence AS subject, v.learner_id,
    {{ json(title="v.title", date="v.last_on", sessions="v.cap_sessions_month") }} AS params
FROM counted AS v
JOIN year_cap AS y ON y.learner_id = v.learner_id AND y.activity_key = v.activity_key
WHERE y.cut_by = 'capped-sessions'
