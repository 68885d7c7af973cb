-- A row is an activity that somebody's evidence makes, whoever took part: its key and its number (in the order of
-- the keys, so that the caps may go by the number).
SELECT row_number() OVER (ORDER BY activity_key) AS activity_no, activity_key, stem_no, period_from, period_to
FROM (
    SELECT s.stem_no, s.period_from, s.period_to,
        concat('activity1', chr(31), o.stem, chr(31),
            CASE WHEN s.period_to IS NULL THEN CAST(year(s.period_from) AS STRING)
                 ELSE concat(CAST(s.period_from AS STRING), chr(31), CAST(s.period_to AS STRING)) END) AS activity_key
    FROM (SELECT DISTINCT stem_no, period_from, period_to FROM judged WHERE problem IS NULL) AS s
    JOIN (SELECT DISTINCT stem_no, stem FROM offering) AS o ON o.stem_no = s.stem_no
) AS spelt
