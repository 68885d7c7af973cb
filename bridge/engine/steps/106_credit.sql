-- A row is a credit that ought to stand, in numbers: one activity of one learner in one year, after caps.
SELECT learner_id, activity_no, CAST(year(last_on) AS INT) AS year, form, last_rule, first_offering, overridden,
    CAST(granted AS INT) AS jp, CAST(worth AS INT) AS jp_before_caps, cut_by, first_on, last_on, first_no
FROM capped
WHERE granted > 0
UNION ALL
SELECT learner_id, activity_no, CAST(year(last_on) AS INT) AS year, form, last_rule, first_offering, overridden,
    CAST(worth AS INT) AS jp, CAST(worth AS INT) AS jp_before_caps, CAST(NULL AS STRING) AS cut_by, first_on, last_on, first_no
FROM standing_worth
WHERE form NOT IN (
    SELECT form FROM rule
    WHERE cap_day IS NOT NULL OR cap_month IS NOT NULL OR cap_year IS NOT NULL OR cap_sessions_month IS NOT NULL)
