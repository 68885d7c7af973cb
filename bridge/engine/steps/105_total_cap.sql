-- A row is an activity after the caps over all forms together (day, month, year), where any rule set has one; the
-- order is that of days, then of keys. A day's cap counts once for each day that the activity lasted.
WITH own AS (
    SELECT c.learner_id, c.activity_key, c.year, c.month, c.last_on, c.cap_day_total * c.day_count AS day_limit,
        c.cap_month_total, c.cap_year_total, CAST(coalesce(y.granted, c.worth) AS BIGINT) AS form_jp
    FROM counted AS c
    LEFT JOIN year_cap AS y ON y.learner_id = c.learner_id AND y.activity_key = c.activity_key
    WHERE EXISTS (
        SELECT 1 FROM rule
        WHERE cap_day_total IS NOT NULL OR cap_month_total IS NOT NULL OR cap_year_total IS NOT NULL)
),
by_day AS (
    SELECT *, CASE WHEN day_limit IS NULL THEN form_jp
        ELSE greatest(0, least(form_jp, day_limit - (sum(form_jp) OVER (PARTITION BY learner_id, last_on
            ORDER BY activity_key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - form_jp))) END AS day_jp
    FROM own
),
by_month AS (
    SELECT *, CASE WHEN cap_month_total IS NULL THEN day_jp
        ELSE greatest(0, least(day_jp, cap_month_total - (sum(day_jp) OVER (PARTITION BY learner_id, year, month
            ORDER BY last_on, activity_key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - day_jp))) END AS month_jp
    FROM by_day
),
by_year AS (
    SELECT *, CASE WHEN cap_year_total IS NULL THEN month_jp
        ELSE greatest(0, least(month_jp, cap_year_total - (sum(month_jp) OVER (PARTITION BY learner_id, year
            ORDER BY last_on, activity_key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - month_jp))) END AS year_jp
    FROM by_month
)
SELECT learner_id, activity_key, year_jp AS granted,
    CASE WHEN year_jp < month_jp THEN 'capped-total-year' WHEN month_jp < day_jp THEN 'capped-total-month'
         WHEN day_jp < form_jp THEN 'capped-total-day' END AS cut_by
FROM by_year
