-- view
-- A row is an activity with any cap, after the cap by year, in the order of days, then of keys; `cut_by` names the
-- last cap that took something away.
WITH running AS (
    SELECT *, sum(month_jp) OVER (PARTITION BY learner_id, form, year(last_on) ORDER BY last_on, activity_no
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
SELECT d.learner_id, d.activity_no, coalesce(c.year_jp, d.day_jp) AS granted,
    CASE WHEN c.year_jp < c.month_jp THEN 'capped-year' WHEN c.month_jp < c.session_jp THEN 'capped-month'
         WHEN c.session_jp < c.day_jp THEN 'capped-sessions' WHEN d.day_jp < d.worth THEN 'capped-day' END AS cut_by
FROM day_cap AS d
LEFT JOIN cut AS c ON c.learner_id = d.learner_id AND c.activity_no = d.activity_no
