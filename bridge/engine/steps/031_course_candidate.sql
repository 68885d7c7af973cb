-- A row is a programme that a course may belong to: an online component names the course's id or code.
SELECT DISTINCT course_no, programme_code, slot
FROM (
    SELECT k.course_no, c.programme_code,
           CASE WHEN c.jp IS NULL THEN c.mode ELSE concat('part ', c.ordinal) END AS slot
    FROM course AS k
    JOIN programme_component AS c ON c.external_course = k.external_course
    WHERE c.mode = 'online' AND (c.source = k.source OR c.source = '')
    UNION ALL
    SELECT k.course_no, c.programme_code,
           CASE WHEN c.jp IS NULL THEN c.mode ELSE concat('part ', c.ordinal) END AS slot
    FROM course AS k
    JOIN programme_component AS c ON c.external_course = k.course_code
    WHERE c.mode = 'online' AND (c.source = k.source OR c.source = '') AND k.course_code <> ''
) AS named
