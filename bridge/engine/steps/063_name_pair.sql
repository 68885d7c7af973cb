-- A row is a name on evidence beside the roster's name of the learner its NIP names, where they are not plainly
-- the same (the same letters, or the roster's name inside the other).
SELECT row_number() OVER (ORDER BY learner_id, learner_name) AS pair_no, learner_id, learner_name, plain_name,
       roster_name
FROM (
    SELECT v.learner_id, v.other_name AS learner_name, {{ norm_name("v.other_name") }} AS plain_name,
           {{ norm_name("l.name") }} AS roster_name
    FROM (SELECT DISTINCT learner_id, other_name FROM owner WHERE other_name IS NOT NULL AND NOT linked) AS v
    JOIN learner AS l ON l.learner_id = v.learner_id
) AS written
WHERE plain_name <> '' AND roster_name <> '' AND plain_name <> roster_name
