-- view
-- A row is one piece of evidence that counts, with the activity it belongs to and the part of it that it completes.
SELECT a.*, a.offer > 0 AS in_class, n.activity_no, o.slot, o.slot_jp, o.partial, o.stated_jp
FROM judged AS a
JOIN activity_name AS n ON n.stem_no = a.stem_no AND n.period_from = a.period_from
 AND n.period_to IS NOT DISTINCT FROM a.period_to
JOIN offering AS o ON o.offering_no = a.offering_no
WHERE a.problem IS NULL
