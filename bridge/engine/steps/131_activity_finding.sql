-- A row is something about one activity of a learner that needs a person; its subject is the activity's first
-- piece of evidence, so that the person decides on evidence.
SELECT t.code, coalesce(j.first_key, e.evidence_key) AS subject, t.learner_id,
    CASE t.code
    WHEN 'BLENDED-INCOMPLETE' THEN {{ json(title="o.title", done="w.slots_done", parts="w.slots") }}
    WHEN 'PROGRAMME-REPEATED' THEN {{ json(title="o.title", year="year(w.last_on)", times="w.pieces") }}
    WHEN 'CAP-EXCEEDED' THEN {{ json(title="o.title", date="w.last_on", sessions="r.cap_sessions_month") }}
    WHEN 'CERTIFICATE-REPEATED' THEN {{ json(title="o.title", certificate="c.certificate_number", other="c.counted_title") }}
    WHEN 'REPEATED-TOO-SOON' THEN {{ json(title="o.title", year="year(w.last_on)", years="s.wait") }}
    ELSE {{ json(title="k.later_title", other="k.earlier_title", **{"from": "k.shared_from", "until": "k.shared_to"}) }}
    END AS params
FROM activity_told AS t
JOIN worth AS w ON w.learner_id = t.learner_id AND w.activity_no = t.activity_no
JOIN offering AS o ON o.offering_no = w.first_offering
JOIN rule_period AS r ON r.rule_no = w.last_rule
JOIN told_word AS e ON e.evidence_no = w.first_no
LEFT JOIN joint AS j ON j.learner_id = w.learner_id AND j.activity_no = w.activity_no
LEFT JOIN clash AS k ON k.learner_id = t.learner_id AND k.activity_no = t.activity_no
LEFT JOIN certificate_repeat AS c ON c.learner_id = t.learner_id AND c.activity_no = t.activity_no
LEFT JOIN recent_repeat AS s ON s.learner_id = t.learner_id AND s.activity_no = t.activity_no
UNION ALL
SELECT 'ONLINE-IN-CLASS' AS code, e.evidence_key AS subject, n.learner_id,
    {{ json(title="o.title", date="n.day", minutes="n.minutes", other="n.class_title") }} AS params
FROM online_in_class AS n
JOIN told_word AS e ON e.evidence_no = n.evidence_no
JOIN (SELECT offer, min(title) AS title FROM offering GROUP BY offer) AS o ON o.offer = n.offer
