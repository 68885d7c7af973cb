-- view
-- A row is an activity that a cap by form may touch, after all of them; `cut_by` names the last that took something away.
SELECT d.*, coalesce(y.granted, d.day_jp) AS granted,
    CASE WHEN y.cut_by IS NOT NULL THEN y.cut_by WHEN d.day_jp < d.worth THEN 'capped-day' END AS cut_by
FROM day_cap AS d
LEFT JOIN year_cap AS y ON y.learner_id = d.learner_id AND y.activity_no = d.activity_no
