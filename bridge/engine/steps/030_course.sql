-- A row is a course of a source as completions describe it (title and JP as stated).
SELECT
    row_number() OVER (ORDER BY source, external_course, course_code, course_title, jp_stated) AS course_no,
    source, external_course, course_code, course_title, jp_stated
FROM (
    SELECT DISTINCT source, external_course, coalesce(course_code, '') AS course_code,
           coalesce(course_title, '') AS course_title, coalesce(jp_stated, '') AS jp_stated
    FROM completion
) AS stated
