-- A row is one piece of evidence with the learner it belongs to, or why nobody can be named, and what people
-- decided about it. A decision counts while the evidence is the one it was made on.
SELECT
    e.*,
    CASE WHEN r.link_on = e.evidence_hash THEN r.link_to
         WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN n.learner_id
         WHEN e.nip_problem IS NOT NULL OR n.value IS NULL THEN a.learner_id END AS learner_id,
    CASE WHEN r.link_on = e.evidence_hash THEN CAST(NULL AS STRING)
         WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN CAST(NULL AS STRING)
         WHEN e.nip_problem IS NULL AND n.value IS NOT NULL THEN 'LEARNER-AMBIGUOUS'
         WHEN a.learner_id IS NOT NULL THEN CAST(NULL AS STRING)
         WHEN e.nip_problem IS NOT NULL THEN e.nip_problem
         WHEN e.nip IS NULL THEN 'NIP-MISSING'
         ELSE 'LEARNER-UNKNOWN' END AS identity_problem,
    coalesce(r.link_on = e.evidence_hash, FALSE) AS linked,
    coalesce(r.verdict = 'accept' AND r.verdict_on = e.evidence_hash, FALSE) AS accepted,
    coalesce(r.verdict = 'reject' AND r.verdict_on = e.evidence_hash, FALSE) AS rejected,
    CASE WHEN r.override_on = e.evidence_hash THEN r.override_jp END AS override_jp
FROM evidence AS e
LEFT JOIN holder AS n ON n.scheme = 'nip' AND n.value = e.nip
 AND coalesce(e.ended_on, DATE '2000-01-01') BETWEEN n.valid_from AND n.valid_to
LEFT JOIN holder AS a ON a.scheme = 'account' AND a.source = e.source AND a.value = e.account
 AND coalesce(e.ended_on, DATE '2000-01-01') BETWEEN a.valid_from AND a.valid_to
LEFT JOIN ruling AS r ON r.subject = e.evidence_key
