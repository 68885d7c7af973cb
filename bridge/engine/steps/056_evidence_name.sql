-- view
-- A row is one piece of evidence: its number in this run, its key and its hash.
SELECT evidence_no, evidence_key, evidence_hash FROM completion
UNION ALL
SELECT evidence_no, evidence_key, evidence_hash FROM attendance
