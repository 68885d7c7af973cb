-- view
-- A row is one piece of evidence with the learner it belongs to, or why nobody can be named, and what people
-- decided about it (see owner). `identified_by` says how: a person's decision, the NIP, or the account.
SELECT e.*, o.learner_id, o.identity_problem, o.linked, o.accepted, o.rejected, o.override_jp,
    CASE WHEN o.linked THEN 'decision'
         WHEN o.learner_id IS NULL THEN NULL
         WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN 'nip'
         ELSE 'account' END AS identified_by
FROM owner AS o
JOIN evidence AS e ON e.evidence_no = o.evidence_no
LEFT JOIN holder AS n ON n.scheme = 'nip' AND n.value = e.nip
 AND coalesce(e.ended_on, DATE '2000-01-01') BETWEEN n.valid_from AND n.valid_to
