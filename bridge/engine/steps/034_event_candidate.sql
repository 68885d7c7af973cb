-- A row is a programme that an offline event belongs to, by the best of: programme code, course code, title.
-- `trust` keeps which of the three it was (1, 2, 3). `conflict` is true where the code says one programme and the title another: a person decides.
WITH named AS (
    SELECT e.event_no, 1 AS trust, p.code AS programme_code
    FROM event AS e JOIN programme AS p ON p.code = e.programme_code
    UNION ALL
    SELECT e.event_no, 2 AS trust, n.programme_code
    FROM event AS e JOIN programme_name AS n ON n.kind = 'code' AND n.name = e.plain_code
    WHERE e.plain_code <> ''
    UNION ALL
    SELECT e.event_no, 3 AS trust, n.programme_code
    FROM event AS e JOIN programme_name AS n ON n.kind = 'title' AND n.name = e.plain_title
    WHERE e.plain_title <> ''
),
best AS (
    SELECT event_no, min(trust) AS top_trust FROM named GROUP BY event_no
),
other AS (
    SELECT DISTINCT n.event_no
    FROM named AS n
    JOIN best AS b ON b.event_no = n.event_no AND b.top_trust = 2 AND n.trust = 3
    LEFT JOIN named AS same
      ON same.event_no = n.event_no AND same.trust = 2 AND same.programme_code = n.programme_code
    WHERE same.event_no IS NULL
)
SELECT DISTINCT n.event_no, n.programme_code, o.event_no IS NOT NULL AS conflict, b.top_trust AS trust
FROM named AS n
JOIN best AS b ON b.event_no = n.event_no AND b.top_trust = n.trust
LEFT JOIN other AS o ON o.event_no = n.event_no
