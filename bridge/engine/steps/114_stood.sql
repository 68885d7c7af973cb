-- view
-- A row is what the ledger holds of one activity of a learner in a year; `activity_no` is null where no evidence
-- makes that activity any more.
SELECT b.learner_id, n.activity_no, b.activity_key, b.year, b.jp, b.entries
FROM balance AS b
LEFT JOIN activity_name AS n ON n.activity_key = b.activity_key
