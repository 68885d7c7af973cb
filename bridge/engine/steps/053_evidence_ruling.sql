-- A row is a piece of evidence that people decided on, by its number. A decision counts while the evidence is the
-- one it was made on; `stale`: one of them was made on other evidence.
SELECT w.evidence_no, r.subject, w.learner_name, r.link_to,
    coalesce(r.link_on = w.evidence_hash, FALSE) AS linked,
    coalesce(r.verdict = 'accept' AND r.verdict_on = w.evidence_hash, FALSE) AS accepted,
    coalesce(r.verdict = 'reject' AND r.verdict_on = w.evidence_hash, FALSE) AS rejected,
    CASE WHEN r.override_on = w.evidence_hash THEN r.override_jp END AS override_jp,
    coalesce(r.verdict_on <> w.evidence_hash, FALSE) OR coalesce(r.link_on <> w.evidence_hash, FALSE)
        OR coalesce(r.override_on <> w.evidence_hash, FALSE) AS stale
FROM ruling AS r
JOIN evidence_word AS w ON w.evidence_key = r.subject
