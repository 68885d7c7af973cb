-- A row is a piece of evidence whose account somebody held on its day; `learner_id` is null where two held it.
SELECT e.evidence_no, a.learner_id, a.roster_name
FROM evidence AS e
JOIN holder AS a ON a.scheme = 'account' AND a.source = e.source AND a.value = e.account
 AND coalesce(e.ended_on, DATE '2000-01-01') BETWEEN a.valid_from AND a.valid_to
