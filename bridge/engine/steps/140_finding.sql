-- A row is a finding: something that needs a person, with the numbers in it.
SELECT code, subject, learner_id, params FROM evidence_finding
UNION ALL
SELECT code, subject, learner_id, params FROM activity_finding
UNION ALL
SELECT code, subject, learner_id, params FROM learner_finding
UNION ALL
SELECT code, subject, learner_id, params FROM lateness_finding
UNION ALL
SELECT 'JP-DIFFERS' AS code,
    concat('offering1', chr(31), {{ escaped("source") }}, chr(31), {{ escaped("ref") }}) AS subject,
    CAST(NULL AS BIGINT) AS learner_id,
    {{ json(title="min(title)", source="source", jp=shown_jp("min(stated_jp)"), catalogue=shown_jp("min(slot_jp)")) }} AS params
FROM offering
WHERE programme_code IS NOT NULL AND NOT ambiguous AND stated_jp IS NOT NULL AND slot_jp IS NOT NULL
  AND stated_jp <> slot_jp
GROUP BY source, ref
