-- A row is one piece of evidence on which the name is written otherwise than on the roster. Capitals and what
-- follows a comma make no other name, and cost a tenth of spelling it plainly.
SELECT w.evidence_no, w.learner_id, w.learner_name, w.roster_name
FROM (
    SELECT o.evidence_no, o.learner_id, c.learner_name, l.name AS roster_name
    FROM owner AS o
    JOIN completion AS c ON c.evidence_no = o.evidence_no
    JOIN learner AS l ON l.learner_id = o.learner_id
    WHERE NOT o.linked AND c.learner_name <> l.name
    UNION ALL
    SELECT o.evidence_no, o.learner_id, c.learner_name, l.name AS roster_name
    FROM owner AS o
    JOIN attendance AS c ON c.evidence_no = o.evidence_no
    JOIN learner AS l ON l.learner_id = o.learner_id
    WHERE NOT o.linked AND c.learner_name <> l.name
) AS w
WHERE w.learner_name <> '' AND lower({{ before("w.learner_name", ",") }}) <> lower({{ before("w.roster_name", ",") }})
