-- view
-- A row is one piece of evidence that counts, with the activity it belongs to.
SELECT a.*, n.activity_no
FROM assessed AS a
JOIN activity_name AS n ON n.stem_no = a.stem_no AND n.period_from = a.period_from
 AND n.period_to IS NOT DISTINCT FROM a.period_to
WHERE a.problem IS NULL
