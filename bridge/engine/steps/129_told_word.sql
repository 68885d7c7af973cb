-- A row is a piece of evidence that something is told about, with its words.
SELECT w.evidence_no, w.evidence_key, w.learner_name, w.nip, w.sheet, w.row, w.sessions_total
FROM (
    SELECT evidence_no FROM told
    UNION
    SELECT first_no AS evidence_no FROM activity_told
    UNION
    SELECT evidence_no FROM online_in_class
    UNION
    SELECT evidence_no FROM late
) AS n
JOIN evidence_word AS w ON w.evidence_no = n.evidence_no
