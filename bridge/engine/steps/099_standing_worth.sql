-- view
-- A row is an activity that counts, in numbers only: not rejected, not a repeat (of a certificate, or too soon), not held, worth more than nothing.
SELECT w.*
FROM worth AS w
LEFT JOIN certificate_repeat AS c ON c.learner_id = w.learner_id AND c.activity_no = w.activity_no
LEFT JOIN clash AS k ON k.learner_id = w.learner_id AND k.activity_no = w.activity_no
LEFT JOIN recent_repeat AS t ON t.learner_id = w.learner_id AND t.activity_no = w.activity_no
WHERE t.activity_no IS NULL AND NOT w.rejected AND w.worth > 0 AND (c.activity_no IS NULL OR w.accepted) AND k.activity_no IS NULL
