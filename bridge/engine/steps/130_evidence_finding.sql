-- A row is something about one piece of evidence that needs a person: what holds its credit, or what its reader
-- or the rules remark without holding it.
SELECT
    t.code, e.evidence_key AS subject, t.learner_id,
    CASE t.about
    WHEN 1 THEN {{ json(name="e.learner_name", nip="e.nip", title="coalesce(o.title, k.title)", date="t.ended_on", jp="o.jp_text",
            form="o.form_stated", attended="t.sessions_attended", total="e.sessions_total",
            minimum=int_div("r.min_attendance_bp", "100"), place="CASE WHEN e.sheet IS NULL THEN '' ELSE concat(e.sheet, ' : ', e.row) END", roster_name="l.name",
            source="k.source", score=int_div("s.score_bp", "100"), least_score=int_div("r.min_score_bp", "100")) }}
    WHEN 2 THEN {{ json(name="e.learner_name", nip="e.nip", title="k.title", date="t.ended_on", place="CASE WHEN e.sheet IS NULL THEN '' ELSE concat(e.sheet, ' : ', e.row) END", source="k.source") }}
    WHEN 3 THEN {{ json(name="e.learner_name", nip="e.nip", title="k.title", date="t.ended_on", source="k.source") }}
    ELSE {{ json(name="e.learner_name", nip="e.nip", title="k.title", date="t.ended_on", before="m.earlier_day", source="k.source") }} END AS params
FROM told AS t
JOIN told_word AS e ON e.evidence_no = t.evidence_no
JOIN (SELECT offer, min(source) AS source, min(title) AS title FROM offering GROUP BY offer) AS k ON k.offer = t.offer
LEFT JOIN offering AS o ON o.offering_no = t.offering_no
LEFT JOIN rule_period AS r ON r.rule_no = t.rule_no
LEFT JOIN (SELECT learner_id, name FROM learner WHERE learner_id IN (SELECT learner_id FROM told)) AS l
  ON l.learner_id = t.learner_id
LEFT JOIN score AS s ON s.evidence_no = t.evidence_no
LEFT JOIN moved AS m ON m.evidence_no = t.evidence_no
