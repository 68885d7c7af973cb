-- A row is an activity after the cap on sessions a month, counted in the order of days, then of keys.
WITH running AS (
    SELECT *, sum(CASE WHEN day_jp > 0 THEN sessions ELSE 0 END) OVER (
        PARTITION BY learner_id, form, year, month ORDER BY last_on, activity_key
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        - CASE WHEN day_jp > 0 THEN sessions ELSE 0 END AS before_sessions
    FROM day_cap
)
SELECT learner_id, activity_key, year, month, form, last_on, worth, cap_month, cap_year, sessions, before_sessions,
    cap_sessions_month, day_jp,
    CAST(CASE WHEN cap_sessions_month IS NULL THEN day_jp
         WHEN cap_sessions_month - before_sessions <= 0 THEN 0
         WHEN sessions > cap_sessions_month - before_sessions
         THEN {{ int_div("day_jp * (cap_sessions_month - before_sessions)", "sessions") }}
         ELSE day_jp END AS BIGINT) AS session_jp
FROM running
