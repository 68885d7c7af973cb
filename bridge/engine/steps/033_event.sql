-- A row is an offline event, its title and code spelt plainly, its form as stated or, where the sheet states
-- none, as the first words of the title name it in the rule set of its last day (without a day of its own: in the
-- newest set, so that the event's form does not depend on whose rows are there).
WITH spelt AS (
    SELECT
        row_number() OVER (ORDER BY source, event_ref) AS event_no,
        source, event_ref, coalesce(title, '') AS title, coalesce(organiser, '') AS organiser,
        coalesce(scope, 'national') AS scope, coalesce(jp_stated, '') AS jp_stated,
        coalesce(start_on, end_on) AS started_on, coalesce(end_on, start_on) AS ended_on,
        {{ norm_title("coalesce(title, '')") }} AS plain_title,
        {{ code_key("coalesce(lms_course_code, '')") }} AS plain_code,
        coalesce(programme_code, '') AS programme_code,
        trim(coalesce(form_stated, '')) AS form_stated
    FROM offline_event
),
worded AS (
    SELECT e.event_no, t.form,
           row_number() OVER (PARTITION BY e.event_no ORDER BY length(t.words) DESC, t.form) AS choice
    FROM spelt AS e
    JOIN (SELECT DISTINCT rule_version, effective_from, until FROM rule_period) AS r
      ON (e.ended_on IS NULL OR e.ended_on >= r.effective_from) AND (r.until IS NULL OR e.ended_on < r.until)
    JOIN title_word AS t ON t.rule_version = r.rule_version
    WHERE e.form_stated = ''
      AND (e.plain_title = {{ norm_title("t.words") }}
           OR e.plain_title LIKE concat({{ norm_title("t.words") }}, ' %'))
)
SELECT s.*, CASE WHEN s.form_stated = '' THEN w.form ELSE TRY_CAST(s.form_stated AS INT) END AS form
FROM spelt AS s
LEFT JOIN worded AS w ON w.event_no = s.event_no AND w.choice = 1
