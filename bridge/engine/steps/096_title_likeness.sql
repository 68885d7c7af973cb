-- A row is a pair of titles that meet, with the words (of four letters and more) that they share and have.
WITH title AS (
    SELECT DISTINCT earlier_plain AS plain FROM meeting WHERE earlier_plain <> ''
    UNION
    SELECT DISTINCT later_plain AS plain FROM meeting WHERE later_plain <> ''
),
written AS (
    SELECT plain, {{ explode_words("plain") }} AS word FROM title
),
word AS (
    SELECT DISTINCT plain, word FROM written WHERE length(word) >= 4
),
size AS (
    SELECT plain, count(*) AS words FROM word GROUP BY plain
),
pair AS (
    SELECT DISTINCT earlier_plain, later_plain FROM meeting
)
SELECT p.earlier_plain, p.later_plain, count(*) AS shared_words, min(least(s.words, t.words)) AS least_words
FROM pair AS p
JOIN word AS a ON a.plain = p.earlier_plain
JOIN word AS b ON b.plain = p.later_plain AND b.word = a.word
JOIN size AS s ON s.plain = p.earlier_plain
JOIN size AS t ON t.plain = p.later_plain
GROUP BY p.earlier_plain, p.later_plain
