-- view
-- A row is one piece of evidence with the learner it belongs to, or why nobody can be named, and what people
-- decided about it (see owner).
SELECT e.*, o.learner_id, o.identity_problem, o.linked, o.accepted, o.rejected, o.override_jp
FROM owner AS o
JOIN evidence AS e ON e.evidence_no = o.evidence_no
