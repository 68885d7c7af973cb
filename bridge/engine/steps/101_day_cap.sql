-- A row is an activity that a cap by form may touch, after the cap by day (as many days as it lasted, shared with the
-- other activities of the form that end on the same day, in the order of their keys): it is worth more than its own
-- days allow, or others end on its day, or its form has a cap over more than a day in any rule set. All others pass.
WITH own AS (
    SELECT w.learner_id, w.activity_no, w.form, w.last_rule, w.last_on, w.worth, w.sessions, r.cap_day, r.cap_month, r.cap_year, r.cap_sessions_month,
        CASE WHEN r.cap_day IS NOT NULL AND w.worth > r.cap_day * w.day_count THEN r.cap_day * w.day_count ELSE w.worth END
            AS own_jp,
        r.cap_day * w.day_count AS day_limit
    FROM standing_worth AS w
    JOIN rule_period AS r ON r.rule_no = w.last_rule
    WHERE w.form IN (
        SELECT form FROM rule
        WHERE cap_day IS NOT NULL OR cap_month IS NOT NULL OR cap_year IS NOT NULL OR cap_sessions_month IS NOT NULL)
),
crowded AS (
    SELECT learner_id, form, last_on FROM own GROUP BY learner_id, form, last_on HAVING count(*) > 1
),
running AS (
    SELECT o.learner_id, o.activity_no, sum(o.own_jp) OVER (PARTITION BY o.learner_id, o.form, o.last_on ORDER BY o.activity_no
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - o.own_jp AS jp_until_then
    FROM own AS o
    JOIN crowded AS c ON c.learner_id = o.learner_id AND c.form = o.form AND c.last_on = o.last_on
),
placed AS (
    SELECT o.*, coalesce(r.jp_until_then, 0) AS before_jp
    FROM own AS o
    LEFT JOIN running AS r ON r.learner_id = o.learner_id AND r.activity_no = o.activity_no
    LEFT JOIN (SELECT DISTINCT form FROM rule
               WHERE cap_month IS NOT NULL OR cap_year IS NOT NULL OR cap_sessions_month IS NOT NULL) AS f ON f.form = o.form
    WHERE r.activity_no IS NOT NULL OR f.form IS NOT NULL OR o.own_jp < o.worth
)
SELECT learner_id, activity_no, form, last_rule, last_on, worth, sessions, cap_month, cap_year, cap_sessions_month,
    CAST(CASE WHEN cap_day IS NULL THEN own_jp
         WHEN day_limit - before_jp <= 0 THEN 0
         WHEN own_jp > day_limit - before_jp THEN day_limit - before_jp
         ELSE own_jp END AS BIGINT) AS day_jp
FROM placed
