-- A row is something about one piece of evidence that needs a person: what holds its credit, or what its reader
-- or the rules remark without holding it.
SELECT
    a.problem AS code, a.evidence_key AS subject, a.learner_id,
    {{ json(name="a.learner_name", nip="a.nip", title="coalesce(o.title, k.title)", date="a.ended_on", jp="a.jp_text", form="o.form_stated",
            attended="a.sessions_attended", total="a.sessions_total",
            minimum=int_div("a.min_attendance_bp", "100"), place="a.place", roster_name="l.name",
            source="k.source") }} AS params
FROM assessed AS a
JOIN (SELECT offer, min(source) AS source, min(title) AS title FROM offering GROUP BY offer) AS k ON k.offer = a.offer
LEFT JOIN offering AS o ON o.offering_no = a.offering_no
LEFT JOIN learner AS l ON l.learner_id = a.learner_id
WHERE a.problem IS NOT NULL
UNION ALL
SELECT
    r.code, r.evidence_key AS subject, r.learner_id,
    {{ json(name="r.learner_name", nip="r.nip", title="o.title", date="r.ended_on", place="r.place", source="o.source") }}
FROM (
    SELECT a.*,
        CASE WHEN a.read_problem IS NOT NULL AND NOT coalesce(a.holds_credit, TRUE) THEN a.read_problem
             WHEN a.certificate_required AND a.kind = 'attendance' AND a.problem IS NULL
                  AND coalesce(a.certificate_no, '') IN ('', '-') THEN 'CERTIFICATE-MISSING' END AS code
    FROM assessed AS a
) AS r
JOIN (SELECT offer, min(source) AS source, min(title) AS title FROM offering GROUP BY offer) AS o ON o.offer = r.offer
WHERE r.code IS NOT NULL AND (r.problem IS NULL OR r.problem <> r.code)
UNION ALL
SELECT
    'EVIDENCE-WITHDRAWN' AS code, i.evidence_key AS subject, i.learner_id,
    {{ json(name="i.learner_name", nip="i.nip", title="o.title", date="i.ended_on", source="i.source") }} AS params
FROM identified AS i
JOIN (SELECT offer, min(title) AS title FROM offering GROUP BY offer) AS o ON o.offer = i.offer
WHERE i.standing <> 'completed'
