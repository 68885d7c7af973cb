-- A row is somebody who came later than the rule tolerates: a remark where those sessions count all the same, else
-- what they cost. An accepted piece of evidence is not remarked.
SELECT CASE WHEN l.late_is_absent THEN 'LATE-NOT-COUNTED' ELSE 'LATE' END AS code, e.evidence_key AS subject, j.learner_id,
    {{ json(name="e.learner_name", nip="e.nip", title="k.title", date="j.ended_on", sessions="l.late_sessions",
            worst=largest("t.late"), minutes="t.late", tolerance="r.late_tolerance", source="k.source",
            place="concat(e.sheet, ' : ', e.row)") }} AS params
FROM late AS l
JOIN judged AS j ON j.evidence_no = l.evidence_no
JOIN rule_period AS r ON r.rule_no = j.rule_no
JOIN attendance AS t ON t.evidence_no = l.evidence_no
JOIN told_word AS e ON e.evidence_no = l.evidence_no
JOIN (SELECT offer, min(source) AS source, min(title) AS title FROM offering GROUP BY offer) AS k ON k.offer = j.offer
WHERE NOT j.accepted AND coalesce(j.problem, 'ABSENT') IN ('ABSENT', 'ATTENDANCE-LOW', 'CONFIRMATION-MISSING')
