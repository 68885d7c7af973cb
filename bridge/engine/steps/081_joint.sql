-- A row is an activity that more than one piece of evidence makes, with all of their keys and hashes.
WITH several AS (
    SELECT learner_id, stem_no, period_from, period_to
    FROM part GROUP BY learner_id, stem_no, period_from, period_to
    HAVING sum(pieces) > 1
)
SELECT a.learner_id, a.stem_no, a.period_from, a.period_to, {{ sorted_list("a.evidence_key") }} AS evidence,
       md5({{ joined(sorted_list("a.evidence_hash")) }}) AS joint_hash
FROM several AS s
JOIN assessed AS a ON a.learner_id = s.learner_id AND a.stem_no = s.stem_no AND a.period_from = s.period_from
 AND a.period_to IS NOT DISTINCT FROM s.period_to AND a.problem IS NULL
GROUP BY a.learner_id, a.stem_no, a.period_from, a.period_to
