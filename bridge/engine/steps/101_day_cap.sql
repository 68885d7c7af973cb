-- A row is an activity whose form has any cap in any rule set, after the cap by day: as many days as it lasted, shared with the
-- other activities of the form that end on the same day, in the order of their keys.
WITH own AS (
    SELECT learner_id, activity_key, year, month, form, last_on, worth, rate, sessions, overridden,
        cap_day, cap_month, cap_year, cap_sessions_month,
        CASE WHEN cap_day IS NOT NULL AND worth > cap_day * day_count THEN cap_day * day_count ELSE worth END AS own_jp,
        cap_day * day_count AS day_limit
    FROM counted
    WHERE form IN (
        SELECT form FROM rule
        WHERE cap_day IS NOT NULL OR cap_month IS NOT NULL OR cap_year IS NOT NULL OR cap_sessions_month IS NOT NULL)
),
running AS (
    SELECT *, sum(own_jp) OVER (PARTITION BY learner_id, form, last_on ORDER BY activity_key
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - own_jp AS before_jp
    FROM own
)
SELECT learner_id, activity_key, year, month, form, last_on, worth, rate, sessions, overridden, cap_month, cap_year,
    cap_sessions_month,
    CAST(CASE WHEN cap_day IS NULL THEN own_jp
         WHEN day_limit - before_jp <= 0 THEN 0
         WHEN own_jp > day_limit - before_jp THEN day_limit - before_jp
         ELSE own_jp END AS BIGINT) AS day_jp
FROM running
