-- A row is the part of the programme that an offline event completes; `slot` is null where several parts in
-- class are possible and neither title nor code names one.
WITH named AS (
    SELECT e.event_no, c.programme_code, min(CASE WHEN k.jp IS NULL THEN k.mode ELSE concat('part ', k.ordinal) END) AS slot,
           count(DISTINCT CASE WHEN k.jp IS NULL THEN 0 ELSE k.ordinal END) AS named_slots
    FROM event_candidate AS c
    JOIN event AS e ON e.event_no = c.event_no
    JOIN programme_component AS k ON k.programme_code = c.programme_code AND k.mode = 'offline'
    WHERE (k.title <> '' AND {{ norm_title("k.title") }} = e.plain_title)
       OR (e.plain_code <> '' AND {{ code_key("k.external_course") }} = e.plain_code)
    GROUP BY e.event_no, c.programme_code
),
shape AS (
    SELECT programme_code, max(slots) AS all_slots, max(offline_slots) AS in_class,
           min(CASE WHEN mode = 'offline' THEN slot END) AS class_slot, min(slot) AS only_slot
    FROM programme_slot GROUP BY programme_code
)
SELECT
    c.event_no, c.programme_code, c.conflict, c.trust,
    CASE WHEN s.all_slots = 1 THEN s.only_slot
         WHEN s.in_class = 0 THEN 'whole'
         WHEN s.in_class = 1 THEN s.class_slot
         WHEN n.named_slots = 1 THEN n.slot
    END AS slot
FROM event_candidate AS c
JOIN shape AS s ON s.programme_code = c.programme_code
LEFT JOIN named AS n ON n.event_no = c.event_no AND n.programme_code = c.programme_code
