-- A row is a programme that a course may belong to: an online component names the course's id or code. `trust`
-- keeps which of the two it was (0 the id, 4 the code).
SELECT course_no, programme_code, slot, min(how) AS trust
FROM (
    SELECT k.course_no, c.programme_code,
           CASE WHEN c.jp IS NULL THEN c.mode ELSE concat('part ', c.ordinal) END AS slot, 0 AS how
    FROM course AS k
    JOIN programme_component AS c ON c.external_course = k.external_course
    WHERE c.mode = 'online' AND (c.source = k.source OR c.source = '')
    UNION ALL
    SELECT k.course_no, c.programme_code,
           CASE WHEN c.jp IS NULL THEN c.mode ELSE concat('part ', c.ordinal) END AS slot, 4 AS how
    FROM course AS k
    JOIN programme_component AS c ON c.external_course = k.course_code
    WHERE c.mode = 'online' AND (c.source = k.source OR c.source = '') AND k.course_code <> ''
) AS named
GROUP BY course_no, programme_code, slot
