-- A row is a completion whose source dated it otherwise before: the date and the standing it had then.
SELECT c.evidence_no, m.completed_at AS earlier_at, m.standing AS earlier_standing
FROM earlier_completion AS m
JOIN completion AS c ON c.evidence_key = m.evidence_key
