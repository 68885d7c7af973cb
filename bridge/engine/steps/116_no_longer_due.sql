-- A row is what the ledger holds and no evidence gives any more.
SELECT b.learner_id, b.activity_key, b.year, b.jp, b.entries
FROM stood AS b
LEFT JOIN credit AS c ON c.learner_id = b.learner_id AND c.activity_no = b.activity_no AND c.year = b.year
WHERE c.learner_id IS NULL AND b.jp <> 0
