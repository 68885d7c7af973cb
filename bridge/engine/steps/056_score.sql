-- A row is a completion's score in basis points of the course's full score. There is none where no rule asks for a
-- score; it is null where the score can't be read.
SELECT c.evidence_no,
    CASE WHEN TRY_CAST(c.score_max AS DECIMAL(18, 5)) > 0
         THEN CAST(floor(TRY_CAST(c.score AS DECIMAL(18, 5)) * 10000 / TRY_CAST(c.score_max AS DECIMAL(18, 5))) AS INT) END AS score_bp
FROM completion AS c
CROSS JOIN (SELECT DISTINCT TRUE AS asked FROM rule WHERE min_score_bp > 0) AS r
