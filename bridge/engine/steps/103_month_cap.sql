-- A row is an activity after the cap by month, in the order of days, then of keys.
WITH running AS (
    SELECT *, sum(session_jp) OVER (PARTITION BY learner_id, form, year, month ORDER BY last_on, activity_key
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - session_jp AS before_jp
    FROM session_cap
)
SELECT learner_id, activity_key, year, form, last_on, worth, cap_year, day_jp, session_jp,
    CAST(CASE WHEN cap_month IS NULL THEN session_jp
         WHEN cap_month - before_jp <= 0 THEN 0
         WHEN session_jp > cap_month - before_jp THEN cap_month - before_jp
         ELSE session_jp END AS BIGINT) AS month_jp
FROM running
