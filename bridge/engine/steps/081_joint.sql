-- A row is an activity that more than one piece of evidence makes, with all of their keys and hashes.
WITH several AS (
    SELECT p.learner_id, p.activity_no
    FROM part AS p JOIN offering AS o ON o.offering_no = p.first_offering
    WHERE p.pieces > 1 OR o.programme_code IN (SELECT programme_code FROM programme_slot WHERE slots > 1)
    GROUP BY p.learner_id, p.activity_no HAVING sum(p.pieces) > 1
),
piece AS (
    SELECT c.learner_id, c.activity_no, c.evidence_no
    FROM several AS s JOIN claim AS c ON c.learner_id = s.learner_id AND c.activity_no = s.activity_no
)
SELECT p.learner_id, p.activity_no, {{ sorted_list("k.evidence_key") }} AS evidence, min(k.evidence_key) AS first_key,
       md5({{ joined(sorted_list("k.evidence_hash")) }}) AS joint_hash
FROM piece AS p
JOIN evidence_word AS k ON k.evidence_no = p.evidence_no
GROUP BY p.learner_id, p.activity_no
