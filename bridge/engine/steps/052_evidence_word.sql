-- view
-- A row is one piece of evidence: its number in this run, its key and hash, and the words on it. Joined only for
-- the few pieces that something is told about.
SELECT evidence_no, evidence_key, evidence_hash, coalesce(learner_name, '') AS learner_name, nip, CAST(NULL AS STRING) AS sheet,
    CAST(NULL AS INT) AS row, CAST(NULL AS INT) AS sessions_total, certificate_no
FROM completion
UNION ALL
SELECT evidence_no, evidence_key, evidence_hash, coalesce(learner_name, '') AS learner_name, nip,
    sheet, row, sessions_total, certificate_no
FROM attendance
