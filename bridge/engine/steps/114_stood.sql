-- view
-- A row is what the ledger holds of one activity of a learner in a year; where no evidence makes that activity any
-- more it has a key instead of a number.
SELECT b.learner_id, n.activity_no, CASE WHEN n.activity_no IS NULL THEN b.activity_key END AS activity_key, b.year, b.jp,
    b.entries
FROM balance AS b
LEFT JOIN activity_name AS n ON n.activity_key = b.activity_key
