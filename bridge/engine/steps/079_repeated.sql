-- A row is an activity of a learner that more than one piece of evidence makes: the few that must be put together.
SELECT learner_id, activity_no FROM counting GROUP BY learner_id, activity_no HAVING count(*) > 1
