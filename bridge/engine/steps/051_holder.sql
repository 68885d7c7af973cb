-- A row is an identifier, the learner who held it (with the roster's name) and the days; `learner_id` is null where
-- two held it at once.
WITH held AS (
    SELECT scheme, coalesce(source, '') AS source, value, learner_id,
           coalesce(valid_from, DATE '1900-01-01') AS valid_from,
           coalesce(valid_to, DATE '9999-12-31') AS valid_to
    FROM identifier WHERE scheme IN ('nip', 'account')
),
shared AS (
    SELECT scheme, source, value FROM held GROUP BY scheme, source, value
    HAVING count(*) > 1
),
clash AS (
    SELECT DISTINCT a.scheme, a.source, a.value
    FROM shared AS s
    JOIN held AS a ON a.scheme = s.scheme AND a.source = s.source AND a.value = s.value
    JOIN held AS b ON b.scheme = s.scheme AND b.source = s.source AND b.value = s.value
     AND b.learner_id <> a.learner_id AND a.valid_from <= b.valid_to AND b.valid_from <= a.valid_to
)
SELECT h.scheme, h.source, h.value, h.learner_id, l.name AS roster_name, h.valid_from, h.valid_to
FROM held AS h
LEFT JOIN learner AS l ON l.learner_id = h.learner_id
LEFT JOIN clash AS x ON x.scheme = h.scheme AND x.source = h.source AND x.value = h.value
WHERE x.value IS NULL
UNION ALL
SELECT scheme, source, value, CAST(NULL AS BIGINT) AS learner_id, CAST(NULL AS STRING) AS roster_name, DATE '1900-01-01' AS valid_from,
       DATE '9999-12-31' AS valid_to
FROM clash
