-- view
-- A row is one piece of evidence that counts: nothing about it, its name included, keeps it from counting.
SELECT
    a.evidence_no, a.offer, a.offering_no, a.activity_no, a.learner_id, a.started_on, a.ended_on, a.sessions_attended,
    a.minutes, a.certificate_mark, a.accepted_no = 1 AS accepted, a.override_jp, a.rule_no, a.attended_bp, a.read_problem
FROM assessed AS a
LEFT JOIN name_doubt AS d ON d.evidence_no = a.evidence_no
WHERE a.problem IS NULL AND d.evidence_no IS NULL
