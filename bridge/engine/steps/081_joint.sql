-- A row is an activity that more than one piece of evidence makes, with all of their keys and hashes.
WITH piece AS (
    SELECT c.learner_id, c.activity_no, c.evidence_no
    FROM repeated AS r JOIN claim AS c ON c.learner_id = r.learner_id AND c.activity_no = r.activity_no
)
SELECT p.learner_id, p.activity_no, {{ sorted_list("k.evidence_key") }} AS evidence, min(k.evidence_key) AS first_key,
       md5({{ joined(sorted_list("k.evidence_hash")) }}) AS joint_hash
FROM piece AS p
JOIN evidence_word AS k ON k.evidence_no = p.evidence_no
GROUP BY p.learner_id, p.activity_no
