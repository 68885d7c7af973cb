-- A row is a piece of evidence of somebody who came to sessions more than the tolerated minutes after they began, with
-- how many; `late_is_absent`: the rule takes them for missed.
SELECT evidence_no, late_sessions, late_is_absent
FROM (
    SELECT a.evidence_no, {{ above("a.late", "p.late_tolerance") }} AS late_sessions, p.late_is_absent
    FROM attendance AS a
    JOIN event AS e ON e.event_ref = a.event_ref AND e.source = a.source
    JOIN placement AS p ON p.offer = e.event_no AND coalesce(a.day, e.ended_on) >= p.since
     AND coalesce(a.day, e.ended_on) < p.until AND coalesce(a.day, e.ended_on) <= p.valid_to
    WHERE a.late IS NOT NULL
) AS timed
WHERE late_sessions > 0
