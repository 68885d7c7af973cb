-- view
-- A row is one piece of evidence by its number, with the learner it belongs to, or why nobody can be named, and
-- what people decided about it. `other_name` is the name on it where the roster writes it otherwise (capitals and
-- what follows a comma make no other name).
WITH named AS (
    SELECT
        e.evidence_no, e.offer, e.standing, e.started_on, e.ended_on, e.sessions_attended, e.sessions_total,
        e.minutes, e.certificate_no, e.problem, e.learner_name, s.score_bp,
        CASE WHEN r.linked THEN r.link_to
             WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN n.learner_id
             WHEN e.nip_problem IS NOT NULL OR n.value IS NULL THEN a.learner_id END AS learner_id,
        CASE WHEN r.linked THEN CAST(NULL AS STRING)
             WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN n.roster_name
             WHEN e.nip_problem IS NOT NULL OR n.value IS NULL THEN a.roster_name END AS roster_name,
        CASE WHEN r.linked THEN CAST(NULL AS STRING)
             WHEN e.nip_problem IS NULL AND n.learner_id IS NOT NULL THEN CAST(NULL AS STRING)
             WHEN e.nip_problem IS NULL AND n.value IS NOT NULL THEN 'LEARNER-AMBIGUOUS'
             WHEN a.learner_id IS NOT NULL THEN CAST(NULL AS STRING)
             WHEN e.nip_problem IS NOT NULL THEN e.nip_problem
             WHEN e.nip IS NULL THEN 'NIP-MISSING'
             ELSE 'LEARNER-UNKNOWN' END AS identity_problem,
        coalesce(r.accepted, FALSE) AS accepted, coalesce(r.rejected, FALSE) AS rejected, r.override_jp
    FROM evidence AS e
    LEFT JOIN holder AS n ON n.scheme = 'nip' AND n.value = e.nip
     AND coalesce(e.ended_on, DATE '2000-01-01') BETWEEN n.valid_from AND n.valid_to
    LEFT JOIN account_owner AS a ON a.evidence_no = e.evidence_no
    LEFT JOIN evidence_ruling AS r ON r.evidence_no = e.evidence_no
    LEFT JOIN score AS s ON s.evidence_no = e.evidence_no
)
SELECT
    evidence_no, offer, standing, started_on, ended_on, sessions_attended, sessions_total, minutes, certificate_no,
    problem, score_bp, learner_id, identity_problem, accepted, rejected, override_jp,
    CASE WHEN learner_name <> roster_name AND learner_name <> '' THEN
         CASE WHEN lower({{ before("learner_name", ",") }}) <> lower({{ before("roster_name", ",") }}) THEN learner_name END
    END AS other_name
FROM named
