-- A row is a name on evidence beside the roster's name of the learner its NIP names, where they are not plainly
-- the same (the same letters, or the roster's name inside the other).
SELECT row_number() OVER (ORDER BY learner_id, learner_name) AS pair_no, learner_id, learner_name, plain_name,
       roster_name
FROM (
    SELECT learner_id, learner_name, {{ norm_name("learner_name") }} AS plain_name, {{ norm_name("written_name") }} AS roster_name
    FROM name_variant
) AS written
WHERE plain_name <> '' AND roster_name <> '' AND plain_name <> roster_name
