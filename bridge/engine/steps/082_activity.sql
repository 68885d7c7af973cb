-- view
-- A row is one activity of one learner: what may become one credit. The parts of a blended programme are summed.
SELECT p.learner_id, p.activity_no, p.first_offering, p.last_rule, p.first_on, p.last_on,
    p.class_from, p.class_to, p.sessions, p.minutes_spent, p.least_stated, p.decided_jp, p.any_accepted,
    p.first_no, 1 AS slots_done, p.pieces, p.apart,
    CASE WHEN p.part_jp IS NOT NULL AND p.share_bp < 10000
         THEN {{ int_div("CAST(p.part_jp AS BIGINT) * p.share_bp", "10000") }} ELSE p.part_jp END AS parts_jp,
    CASE WHEN p.part_jp IS NULL THEN 1 ELSE 0 END AS open_parts, FALSE AS whole_done,
    p.slots, p.programme_jp, p.scope
FROM part AS p
WHERE p.slots = 1
UNION ALL
SELECT p.learner_id, p.activity_no, min(p.first_offering) AS first_offering,
    max(p.last_rule) AS last_rule, min(p.first_on) AS first_on, max(p.last_on) AS last_on,
    min(p.class_from) AS class_from, max(p.class_to) AS class_to, max(p.sessions) AS sessions,
    max(p.minutes_spent) AS minutes_spent, min(p.least_stated) AS least_stated, min(p.decided_jp) AS decided_jp,
    bool_or(p.any_accepted) AS any_accepted, min(p.first_no) AS first_no, count(*) AS slots_done, sum(p.pieces) AS pieces, bool_or(p.apart) AS apart,
    sum({{ int_div("CAST(p.part_jp AS BIGINT) * p.share_bp", "10000") }}) AS parts_jp,
    sum(CASE WHEN p.part_jp IS NULL THEN 1 ELSE 0 END) AS open_parts, bool_or(p.slot = 'whole') AS whole_done,
    max(p.slots) AS slots, max(p.programme_jp) AS programme_jp, min(p.scope) AS scope
FROM part AS p
WHERE p.slots > 1
GROUP BY p.learner_id, p.activity_no
