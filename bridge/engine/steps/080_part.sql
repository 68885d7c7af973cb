-- A row is one part (slot) of one activity of one learner, all evidence for it taken together: seen in the LMS
-- and on paper, or reported by two offices under one title and the same days, it is one part, counted once.
SELECT
    learner_id, stem_no, period_from, period_to, slot,
    min(offering_no) AS first_offering, max(rule_no) AS last_rule,
    min(started_on) AS first_on, max(ended_on) AS last_on,
    min(CASE WHEN kind = 'attendance' THEN started_on END) AS class_from,
    max(CASE WHEN kind = 'attendance' THEN ended_on END) AS class_to,
    max(CASE WHEN sessions_attended IS NULL THEN 1 ELSE sessions_attended END) AS sessions,
    max(minutes) AS minutes_spent, min(stated_jp) AS least_stated,
    max(CASE WHEN partial AND NOT accepted THEN attended_bp ELSE 10000 END) AS share_bp,
    max(slot_jp) AS part_jp, min(override_jp) AS decided_jp, bool_or(accepted) AS any_accepted,
    count(*) AS pieces, max(started_on) > min(ended_on) AS apart, min(evidence_key) AS first_evidence,
    min(evidence_hash) AS first_hash
FROM assessed
WHERE problem IS NULL
GROUP BY learner_id, stem_no, period_from, period_to, slot
