-- A row is a word of one of the two names of a pair; titles are already gone.
SELECT DISTINCT pair_no, side, word
FROM (
    SELECT pair_no, 1 AS side, {{ explode_words("plain_name") }} AS word FROM name_pair
    UNION ALL
    SELECT pair_no, 2 AS side, {{ explode_words("roster_name") }} AS word FROM name_pair
) AS written
WHERE word <> ''
