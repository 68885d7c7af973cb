-- view
-- A row is one piece of evidence with its words, the learner it belongs to, and what people decided about it.
SELECT e.evidence_no, e.evidence_key, e.offer, e.source, e.account, e.nip, e.nip_problem, e.learner_name, o.standing,
    o.started_on, o.ended_on, o.learner_id, o.identity_problem, o.accepted, o.rejected, o.override_jp
FROM owner AS o
JOIN evidence AS e ON e.evidence_no = o.evidence_no
