-- A row is a credit that ought to stand, in numbers: one activity of one learner in one year, after caps.
WITH by_form AS (
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
)
SELECT b.learner_id, b.activity_no, b.year, b.form, b.last_rule, b.first_offering, b.overridden,
    CAST(coalesce(t.granted, b.jp) AS INT) AS jp, b.jp_before_caps, coalesce(t.cut_by, b.cut_by) AS cut_by, b.first_on,
    b.last_on, b.first_no
FROM by_form AS b
LEFT JOIN total_cap AS t ON t.learner_id = b.learner_id AND t.activity_no = b.activity_no
WHERE coalesce(t.granted, b.jp) > 0
