-- view
-- A row is one piece of evidence with its words, the learner it belongs to, and what people decided about it.
-- `identified_by` says how the learner was found: a person's decision, the NIP, or the account.
SELECT e.evidence_no, e.evidence_key, e.offer, e.source, e.account, e.nip, e.nip_problem, e.learner_name, o.standing,
    o.started_on, o.ended_on, o.learner_id, o.identity_problem, o.accepted, o.rejected, o.override_jp,
    CASE WHEN r.linked THEN 'decision'
         WHEN o.learner_id IS NULL THEN NULL
         WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN 'nip'
         ELSE 'account' END AS identified_by
FROM owner AS o
JOIN evidence AS e ON e.evidence_no = o.evidence_no
LEFT JOIN evidence_ruling AS r ON r.evidence_no = e.evidence_no
LEFT JOIN holder AS n ON n.scheme = 'nip' AND n.value = e.nip
 AND coalesce(e.ended_on, DATE '2000-01-01') BETWEEN n.valid_from AND n.valid_to
