-- A row is a completion that its source dates otherwise than before: in another year, under another rule set, or by
-- more than a day. `anew` says that the source had withdrawn it in between (a reset). A person's word settles it.
WITH dated AS (
    SELECT o.evidence_no, o.offer, o.learner_id, o.ended_on AS day, {{ local_day("m.earlier_at", "z.minutes") }} AS earlier_day,
           m.earlier_standing <> 'completed' AS anew
    FROM redated AS m
    JOIN assessed AS o ON o.evidence_no = m.evidence_no
    LEFT JOIN zone_offset AS z ON m.earlier_at >= z.since AND m.earlier_at < z.until
    WHERE o.accepted_no = 0 AND coalesce(o.problem, '') NOT IN ('EVIDENCE-WITHDRAWN', 'REJECTED')
)
SELECT d.evidence_no, d.offer, d.learner_id, d.day, d.earlier_day, d.anew
FROM dated AS d
LEFT JOIN (SELECT DISTINCT effective_from FROM rule) AS s
  ON s.effective_from > least(d.day, d.earlier_day) AND s.effective_from <= greatest(d.day, d.earlier_day)
WHERE year(d.day) <> year(d.earlier_day) OR s.effective_from IS NOT NULL
   OR {{ days("least(d.day, d.earlier_day)", "greatest(d.day, d.earlier_day)") }} > 2
GROUP BY d.evidence_no, d.offer, d.learner_id, d.day, d.earlier_day, d.anew
