-- view
-- A row is a finding: something that needs a person, with the numbers in it.
SELECT code, subject, learner_id, params FROM evidence_finding
UNION ALL
SELECT code, subject, learner_id, params FROM activity_finding
UNION ALL
SELECT code, subject, learner_id, params FROM learner_finding
UNION ALL
SELECT code, subject, learner_id, params FROM lateness_finding
UNION ALL
-- once for each programme and JP that a course or event states: what is found follows from the statement alone,
-- whatever part of the evidence a run looks at
SELECT 'JP-DIFFERS' AS code,
    concat('offering1', chr(31), {{ escaped("source") }}, chr(31), {{ escaped("ref") }}, chr(31), {{ escaped("jp_text") }},
        chr(31), {{ escaped("programme_code") }}) AS subject,
    CAST(NULL AS BIGINT) AS learner_id,
    {{ json(title="min(title)", source="source", jp=shown_jp("min(stated_jp)"), catalogue=shown_jp("min(slot_jp)")) }} AS params
FROM offering
WHERE programme_code IS NOT NULL AND NOT ambiguous AND stated_jp IS NOT NULL AND slot_jp IS NOT NULL
  AND stated_jp <> slot_jp
GROUP BY source, ref, jp_text, programme_code
