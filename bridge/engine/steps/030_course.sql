-- A row is a course of a source as completions describe it (title and JP as stated); `sole`: all describe it alike.
SELECT
    row_number() OVER (ORDER BY source, external_course, course_code, course_title, jp_stated) AS course_no,
    source, external_course, course_code, course_title, jp_stated,
    count(*) OVER (PARTITION BY source, external_course) = 1 AS sole
FROM (
    SELECT DISTINCT source, external_course, coalesce(course_code, '') AS course_code,
           coalesce(course_title, '') AS course_title, coalesce(jp_stated, '') AS jp_stated
    FROM completion
) AS stated
