-- A row is a part of a programme that has to be completed: a component with JP of its own, all components of
-- a mode that state none (they stand for each other), or the whole programme where it names no component.
-- `slot_jp` is the part's JP: its own, or what the other parts leave of the programme's.
WITH part AS (
    SELECT
        p.code AS programme_code,
        CASE WHEN c.programme_code IS NULL THEN 'whole' WHEN c.jp IS NULL THEN c.mode
             ELSE concat('part ', c.ordinal) END AS slot,
        coalesce(c.mode, 'whole') AS mode,
        max(c.jp) AS own_jp
    FROM programme AS p
    LEFT JOIN programme_component AS c ON c.programme_code = p.code
    GROUP BY 1, 2, 3
),
whole AS (
    SELECT programme_code, count(*) AS slots, count(*) - count(own_jp) AS open_slots,
           coalesce(sum(own_jp), 0) AS known_jp,
           sum(CASE WHEN mode = 'offline' THEN 1 ELSE 0 END) AS offline_slots
    FROM part GROUP BY programme_code
)
SELECT
    part.programme_code, part.slot, part.mode,
    CAST(whole.slots AS INT) AS slots, CAST(whole.offline_slots AS INT) AS offline_slots,
    CAST(CASE WHEN part.own_jp IS NOT NULL THEN part.own_jp
         WHEN whole.open_slots = 1 AND p.jp IS NOT NULL
         THEN CASE WHEN p.jp > whole.known_jp THEN p.jp - whole.known_jp ELSE 0 END
    END AS INT) AS slot_jp
FROM part
JOIN whole ON whole.programme_code = part.programme_code
JOIN programme AS p ON p.code = part.programme_code
