-- A row is an activity that somebody's evidence makes, whoever took part: its key and its number. The number is made
-- of the stem's place among all stems and the days (0 for the last: the whole year), so that it is in the order of
-- the keys and the caps may go by it.
WITH numbered AS (
    SELECT activity_no, {{ int_div("activity_no", "17179869184") }} AS stem_no,
        {{ day_numbered(int_div("activity_no % 17179869184", "131072")) }} AS first_day,
        CASE WHEN activity_no % 131072 > 0 THEN {{ day_numbered("activity_no % 131072") }} END AS last_day
    FROM (SELECT DISTINCT activity_no FROM counting) AS counted
)
SELECT n.activity_no, n.stem_no, n.first_day AS period_from, n.last_day AS period_to,
    concat('activity1', chr(31), o.stem, chr(31),
        CASE WHEN n.last_day IS NULL THEN CAST(year(n.first_day) AS STRING)
             ELSE concat(CAST(n.first_day AS STRING), chr(31), CAST(n.last_day AS STRING)) END) AS activity_key
FROM numbered AS n
JOIN (SELECT DISTINCT stem_no, stem FROM offering) AS o ON o.stem_no = n.stem_no
