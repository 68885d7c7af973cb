-- view
-- A row is an activity with the JP that its rule gives before any cap, and why (`basis`); `worth` of 0 is not yet
-- credit (a blended programme whose parts state no JP waits for the others).
SELECT
    w.learner_id, n.activity_key, coalesce(j.joint_hash, e.evidence_hash) AS activity_hash, year(w.last_on) AS year,
    month(w.last_on) AS month, r.rule_version, w.form, r.basis, w.worth, w.overridden, w.accepted, w.rejected,
    o.title, o.organiser, o.scope, o.plain_title, o.programme_code, w.first_on, w.last_on, w.day_count, w.class_from, w.class_to,
    w.sessions, w.rate, w.slots, w.slots_done, r.cap_day, r.cap_month, r.cap_year, r.cap_sessions_month, r.repeat_years,
    r.round_to, r.round_half, r.cap_day_total, r.cap_month_total, r.cap_year_total, r.jp_day_max,
    r.pppk_ceiling, coalesce(j.first_key, e.evidence_key) AS first_evidence, j.evidence AS all_evidence, n.stem_no,
    n.period_from, n.period_to, w.pieces, w.apart, w.activity_no, w.first_offering, w.last_rule, w.first_no
FROM worth AS w
JOIN activity_name AS n ON n.activity_no = w.activity_no
JOIN offering AS o ON o.offering_no = w.first_offering
JOIN rule_period AS r ON r.rule_no = w.last_rule
JOIN evidence_word AS e ON e.evidence_no = w.first_no
LEFT JOIN joint AS j ON j.learner_id = w.learner_id AND j.activity_no = w.activity_no
