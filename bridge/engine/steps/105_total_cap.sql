-- A row is an activity after the caps over all forms together (day, month, year), where any rule set has one; the
-- order is that of days, then of keys. A day's cap counts once for each day that the activity lasted.
WITH own AS (
    SELECT w.learner_id, w.activity_no, year(w.last_on) AS year, month(w.last_on) AS month, w.last_on,
        r.cap_day_total * w.day_count AS day_limit, r.cap_month_total, r.cap_year_total,
        CAST(coalesce(c.granted, w.worth) AS BIGINT) AS form_jp
    FROM standing_worth AS w
    JOIN rule_period AS r ON r.rule_no = w.last_rule
    LEFT JOIN capped AS c ON c.learner_id = w.learner_id AND c.activity_no = w.activity_no
    WHERE EXISTS (
        SELECT 1 FROM rule
        WHERE cap_day_total IS NOT NULL OR cap_month_total IS NOT NULL OR cap_year_total IS NOT NULL)
),
by_day AS (
    SELECT *, CASE WHEN day_limit IS NULL THEN form_jp
        ELSE greatest(0, least(form_jp, day_limit - (sum(form_jp) OVER (PARTITION BY learner_id, last_on
            ORDER BY activity_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - form_jp))) END AS day_jp
    FROM own
),
by_month AS (
    SELECT *, CASE WHEN cap_month_total IS NULL THEN day_jp
        ELSE greatest(0, least(day_jp, cap_month_total - (sum(day_jp) OVER (PARTITION BY learner_id, year, month
            ORDER BY last_on, activity_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - day_jp))) END AS month_jp
    FROM by_day
),
by_year AS (
    SELECT *, CASE WHEN cap_year_total IS NULL THEN month_jp
        ELSE greatest(0, least(month_jp, cap_year_total - (sum(month_jp) OVER (PARTITION BY learner_id, year
            ORDER BY last_on, activity_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - month_jp))) END AS year_jp
    FROM by_month
)
SELECT learner_id, activity_no, CAST(year_jp AS BIGINT) AS granted,
    CASE WHEN year_jp < month_jp THEN 'capped-total-year' WHEN month_jp < day_jp THEN 'capped-total-month'
         WHEN day_jp < form_jp THEN 'capped-total-day' END AS cut_by
FROM by_year
