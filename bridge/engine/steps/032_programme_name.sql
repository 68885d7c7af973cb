-- A row is a name (code or title, spelt plainly) by which an offline event may call a programme.
SELECT DISTINCT kind, name, programme_code
FROM (
    SELECT 'code' AS kind, {{ code_key("code") }} AS name, code AS programme_code FROM programme
    UNION ALL
    SELECT 'code' AS kind, {{ code_key("external_course") }} AS name, programme_code FROM programme_component
    UNION ALL
    SELECT 'title' AS kind, {{ norm_title("title") }} AS name, code AS programme_code FROM programme
    UNION ALL
    SELECT 'title' AS kind, {{ norm_title("title") }} AS name, programme_code FROM programme_component
    WHERE mode = 'offline'
) AS spelt
WHERE name <> ''
