-- view
-- A row is one part (slot) of one activity of one learner. Nearly all are one piece of evidence and pass as they
-- are; the others were put together in `joined_part`.
SELECT
    c.learner_id, c.activity_no, c.slot, c.offering_no AS first_offering, c.rule_no AS last_rule,
    c.started_on AS first_on, c.ended_on AS last_on,
    CASE WHEN c.in_class THEN c.started_on END AS class_from,
    CASE WHEN c.in_class THEN c.ended_on END AS class_to,
    CASE WHEN c.sessions_attended IS NULL THEN 1 ELSE c.sessions_attended END AS sessions,
    c.minutes AS minutes_spent, c.stated_jp AS least_stated,
    CASE WHEN c.partial AND NOT c.accepted THEN c.attended_bp ELSE 10000 END AS share_bp,
    c.slot_jp AS part_jp, c.override_jp AS decided_jp, c.accepted AS any_accepted,
    CAST(1 AS BIGINT) AS pieces, c.started_on > c.ended_on AS apart, c.evidence_no AS first_no, c.slots, c.programme_jp, c.scope
FROM claim AS c
LEFT JOIN repeated AS r ON r.learner_id = c.learner_id AND r.activity_no = c.activity_no
WHERE r.learner_id IS NULL
UNION ALL
SELECT
    j.learner_id, j.activity_no, j.slot, j.first_offering, j.last_rule, j.first_on, j.last_on, j.class_from, j.class_to,
    j.sessions, j.minutes_spent, j.least_stated, j.share_bp, j.part_jp, j.decided_jp, j.any_accepted, j.pieces, j.apart,
    j.first_no, o.slots, o.programme_jp, o.scope
FROM joined_part AS j
JOIN offering AS o ON o.offering_no = j.first_offering
