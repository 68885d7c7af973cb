-- A row is a piece of evidence whose name and the roster's can't be one person's: less than half of the shorter
-- name's words are found in the other, as the same word, as its initial, or with one letter typed wrongly. A
-- plausibility check only.
WITH size AS (
    SELECT pair_no, sum(CASE WHEN side = 1 THEN 1 ELSE 0 END) AS words_1,
           sum(CASE WHEN side = 2 THEN 1 ELSE 0 END) AS words_2
    FROM name_word GROUP BY pair_no
),
found AS (
    SELECT a.pair_no, count(DISTINCT a.word) AS found_1, count(DISTINCT b.word) AS found_2
    FROM name_word AS a
    JOIN name_word AS b ON b.pair_no = a.pair_no AND b.side = 2
    WHERE a.side = 1
      AND (a.word = b.word
           OR (length(a.word) = 1 AND substr(b.word, 1, 1) = a.word)
           OR (length(b.word) = 1 AND substr(a.word, 1, 1) = b.word)
           OR (length(a.word) >= 5 AND length(b.word) >= 5 AND levenshtein(a.word, b.word) <= 1))
    GROUP BY a.pair_no
)
SELECT v.evidence_no, p.learner_id, p.learner_name, p.roster_name
FROM name_pair AS p
JOIN assessed AS v ON v.learner_id = p.learner_id AND v.other_name = p.learner_name
JOIN size AS s ON s.pair_no = p.pair_no
LEFT JOIN found AS f ON f.pair_no = p.pair_no
WHERE 2 * least(coalesce(f.found_1, 0), coalesce(f.found_2, 0)) < least(s.words_1, s.words_2)
