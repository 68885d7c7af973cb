-- A row is one part (slot) of one activity of one learner, all evidence for it taken together: seen in the LMS
-- and on paper, or reported by two offices under one title and the same days, it is one part, counted once.
SELECT
    c.learner_id, c.activity_no, c.slot,
    min(c.offering_no) AS first_offering, max(c.rule_no) AS last_rule,
    min(c.started_on) AS first_on, max(c.ended_on) AS last_on,
    min(CASE WHEN c.in_class THEN c.started_on END) AS class_from,
    max(CASE WHEN c.in_class THEN c.ended_on END) AS class_to,
    max(CASE WHEN c.sessions_attended IS NULL THEN 1 ELSE c.sessions_attended END) AS sessions,
    max(c.minutes) AS minutes_spent, min(c.stated_jp) AS least_stated,
    max(CASE WHEN c.partial AND NOT c.accepted THEN c.attended_bp ELSE 10000 END) AS share_bp,
    max(c.slot_jp) AS part_jp, min(c.override_jp) AS decided_jp, bool_or(c.accepted) AS any_accepted,
    count(*) AS pieces, max(c.started_on) > min(c.ended_on) AS apart, min(c.evidence_no) AS first_no
FROM repeated AS r
JOIN claim AS c ON c.learner_id = r.learner_id AND c.activity_no = r.activity_no
GROUP BY c.learner_id, c.activity_no, c.slot
