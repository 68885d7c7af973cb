-- A row is a course (negative number) or an event (positive) with one programme it belongs to and the days on
-- which the catalogue has that programme. `ambiguous`: two programmes of the same days claim it.
WITH claim AS (
    SELECT -k.course_no AS offer, k.programme_code, k.slot, FALSE AS conflict, k.trust FROM course_candidate AS k
    UNION ALL
    SELECT event_no AS offer, programme_code, slot, conflict, trust FROM event_slot
),
dated AS (
    SELECT c.offer, c.programme_code, c.slot, c.trust, c.conflict OR c.slot IS NULL AS unclear,
           coalesce(p.valid_from, DATE '1900-01-01') AS valid_from,
           coalesce(p.valid_to, DATE '9999-12-31') AS valid_to
    FROM claim AS c JOIN programme AS p ON p.code = c.programme_code
),
clash AS (
    SELECT DISTINCT a.offer
    FROM dated AS a
    JOIN dated AS b ON b.offer = a.offer AND (b.programme_code <> a.programme_code OR b.slot <> a.slot)
     AND a.valid_from <= b.valid_to AND b.valid_from <= a.valid_to
)
SELECT d.offer, min(d.programme_code) AS programme_code, min(d.slot) AS slot, min(d.trust) AS trust, TRUE AS ambiguous,
       DATE '1900-01-01' AS valid_from, DATE '9999-12-31' AS valid_to
FROM dated AS d
LEFT JOIN clash AS x ON x.offer = d.offer
WHERE x.offer IS NOT NULL OR d.unclear
GROUP BY d.offer
UNION ALL
SELECT d.offer, d.programme_code, d.slot, d.trust, FALSE AS ambiguous, d.valid_from, d.valid_to
FROM dated AS d
LEFT JOIN clash AS x ON x.offer = d.offer
WHERE x.offer IS NULL AND NOT d.unclear
