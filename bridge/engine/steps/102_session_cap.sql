-- A row is an activity of a form with a cap on sessions a month (or on JP a month or year, below), after the cap on
-- sessions, counted in the order of days, then of keys. What earns JP takes one session at least, also where a person
-- gave the JP to somebody with none marked. A form without such a cap in any rule set has no row here.
WITH met AS (
    SELECT learner_id, activity_no, form, last_rule, last_on, worth, greatest(sessions, 1) AS sessions, cap_month, cap_year,
        cap_sessions_month, day_jp
    FROM day_cap
),
running AS (
    SELECT d.*, r.round_to, r.round_half, sum(CASE WHEN day_jp > 0 THEN sessions ELSE 0 END) OVER (
        PARTITION BY d.learner_id, d.form, year(d.last_on), month(d.last_on) ORDER BY d.last_on, d.activity_no
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        - CASE WHEN day_jp > 0 THEN sessions ELSE 0 END AS before_sessions
    FROM met AS d
    JOIN rule_period AS r ON r.rule_no = d.last_rule
    WHERE d.form IN (
        SELECT form FROM rule WHERE cap_month IS NOT NULL OR cap_year IS NOT NULL OR cap_sessions_month IS NOT NULL)
)
SELECT learner_id, activity_no, form, last_on, worth, cap_month, cap_year, sessions, before_sessions,
    cap_sessions_month, day_jp,
    CAST(CASE WHEN cap_sessions_month IS NULL THEN day_jp
         WHEN cap_sessions_month - before_sessions <= 0 THEN 0
         WHEN sessions > cap_sessions_month - before_sessions AND round_to > 0
         THEN least(day_jp, {{ rounded("day_jp * (cap_sessions_month - before_sessions)", "sessions", "round_to", "round_half") }})
         WHEN sessions > cap_sessions_month - before_sessions
         THEN {{ int_div("day_jp * (cap_sessions_month - before_sessions)", "sessions") }}
         ELSE day_jp END AS BIGINT) AS session_jp
FROM running
