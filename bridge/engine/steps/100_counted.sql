-- view
-- A row is an activity that counts: not rejected, not a repeat, not held, worth more than nothing.
SELECT v.*
FROM valued AS v
LEFT JOIN certificate_repeat AS c ON c.learner_id = v.learner_id AND c.activity_key = v.activity_key
LEFT JOIN clash AS k ON k.learner_id = v.learner_id AND k.activity_key = v.activity_key
WHERE NOT v.rejected AND v.worth > 0 AND (c.activity_key IS NULL OR v.accepted) AND k.activity_key IS NULL
