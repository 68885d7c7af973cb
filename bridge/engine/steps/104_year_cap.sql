-- A row is an activity after the cap by year, in the order of days, then of keys; `cut_by` names the last cap
-- that took something away.
WITH running AS (
    SELECT *, sum(month_jp) OVER (PARTITION BY learner_id, form, year ORDER BY last_on, activity_key
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - month_jp AS before_jp
    FROM month_cap
),
cut AS (
    SELECT *, CAST(CASE WHEN cap_year IS NULL THEN month_jp
         WHEN cap_year - before_jp <= 0 THEN 0
         WHEN month_jp > cap_year - before_jp THEN cap_year - before_jp
         ELSE month_jp END AS BIGINT) AS year_jp
    FROM running
)
SELECT learner_id, activity_key, year_jp AS granted,
    CASE WHEN year_jp < month_jp THEN 'capped-year' WHEN month_jp < session_jp THEN 'capped-month'
         WHEN session_jp < day_jp THEN 'capped-sessions' WHEN day_jp < worth THEN 'capped-day' END AS cut_by
FROM cut
