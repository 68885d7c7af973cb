-- view
-- A row is one piece of evidence that counts, with the part of the activity that it completes.
SELECT a.*, a.offer > 0 AS in_class, o.slot, o.slot_jp, o.partial, o.stated_jp, o.slots, o.programme_jp, o.scope
FROM counting AS a
JOIN offering AS o ON o.offering_no = a.offering_no
