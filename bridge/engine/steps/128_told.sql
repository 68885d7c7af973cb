-- A row is something to be told about one piece of evidence, by number: (1) what holds its credit, (2) what its reader
-- or the rules remark without holding it, (3) that it was withdrawn, (4) that its source dates it otherwise than before.
SELECT CASE WHEN problem = 'EVIDENCE-WITHDRAWN' THEN 3 ELSE 1 END AS about, evidence_no, offer, offering_no, learner_id,
    ended_on, sessions_attended, rule_no, problem AS code
FROM judged WHERE problem <> 'REJECTED'
UNION ALL
SELECT 2 AS about, evidence_no, offer, offering_no, learner_id, ended_on, sessions_attended, rule_no, read_problem AS code
FROM judged AS j
JOIN finding_type AS f ON f.code = j.read_problem AND NOT f.holds_credit
WHERE problem IS NULL OR problem NOT IN ('EVIDENCE-WITHDRAWN', 'REJECTED', read_problem)
UNION ALL
SELECT 2 AS about, j.evidence_no, j.offer, j.offering_no, j.learner_id, j.ended_on, j.sessions_attended, j.rule_no,
    'CERTIFICATE-MISSING' AS code
FROM counting AS j
JOIN rule_period AS r ON r.rule_no = j.rule_no AND r.certificate_required
LEFT JOIN finding_type AS f ON f.code = j.read_problem AND NOT f.holds_credit
WHERE j.offer > 0 AND f.code IS NULL AND j.certificate_mark IS NULL
UNION ALL
SELECT 4 AS about, evidence_no, offer, CAST(NULL AS INT) AS offering_no, learner_id, day AS ended_on,
    CAST(NULL AS INT) AS sessions_attended, CAST(NULL AS INT) AS rule_no,
    CASE WHEN anew THEN 'COMPLETION-RESET' ELSE 'COMPLETION-MOVED' END AS code
FROM moved
