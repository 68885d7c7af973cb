-- A row is one piece of evidence with its offering, the rule in force on its day, the period of the activity it
-- belongs to, and the first problem that keeps it from counting, but for a doubtful name (see judged). Of evidence
-- that was withdrawn, or rejected by a person, that is all there is to say.
WITH ruled AS (
    SELECT
        i.evidence_no, i.offer, i.learner_id, i.standing, i.started_on, i.ended_on, i.sessions_attended, i.sessions_total,
        i.minutes, i.certificate_no, i.problem AS read_problem, i.identity_problem, i.accepted, i.rejected, i.override_jp,
        i.score_bp, i.other_name,
        o.offering_no, o.stem_no, o.slot_jp, o.programme_jp, o.programme_code, o.partial, o.ambiguous, o.stated_jp,
        o.jp_text, o.form, r.rule_no, r.basis, r.min_attendance_bp, r.min_score_bp, r.jp_max_plausible, s.as_of,
        f.holds_credit,
        -- a programme's activity, and a course's, is that of the year; every other that of its days
        (o.programme_code IS NOT NULL AND r.basis <> 'per_day' AND r.basis <> 'per_session'
            AND (r.basis <> 'actual' OR o.programme_jp IS NOT NULL))
        OR (o.programme_code IS NULL AND i.offer < 0) AS yearly,
        CASE WHEN i.sessions_total > 0
             THEN {{ int_div("CAST(coalesce(i.sessions_attended, 0) AS BIGINT) * 10000", "i.sessions_total") }}
             WHEN i.sessions_attended = 0 THEN 0
             ELSE 10000 END AS attended_bp
    FROM owner AS i
    CROSS JOIN setting AS s
    LEFT JOIN offering AS o ON o.offer = i.offer
     AND (o.programme_code IS NULL OR (i.ended_on IS NULL AND o.earliest) OR i.ended_on BETWEEN o.valid_from AND o.valid_to)
    LEFT JOIN rule_period AS r ON r.form = o.form AND i.ended_on >= r.effective_from
     AND (r.until IS NULL OR i.ended_on < r.until)
    LEFT JOIN finding_type AS f ON f.code = i.problem
)
SELECT
    evidence_no, offer, offering_no, stem_no, learner_id, started_on, ended_on, sessions_attended, sessions_total, minutes,
    certificate_no, accepted, override_jp, rule_no, attended_bp, read_problem, score_bp,
    CASE WHEN yearly THEN make_date(year(ended_on), 1, 1) ELSE started_on END AS period_from,
    CASE WHEN yearly THEN CAST(NULL AS DATE) ELSE ended_on END AS period_to,
    CASE WHEN standing = 'completed' AND NOT rejected AND NOT accepted THEN other_name END AS other_name,
    CASE WHEN standing <> 'completed' THEN 'EVIDENCE-WITHDRAWN'
         WHEN rejected THEN 'REJECTED'
         WHEN identity_problem IS NOT NULL THEN identity_problem
         WHEN ended_on IS NULL OR started_on IS NULL OR started_on > ended_on OR ended_on > as_of
              OR started_on < DATE '2000-01-01' OR {{ days("started_on", "ended_on") }} > 366
              OR read_problem = 'DATE-IMPLAUSIBLE'
         THEN 'DATE-IMPLAUSIBLE'
         WHEN offering_no IS NULL THEN 'PROGRAMME-EXPIRED'
         WHEN ambiguous THEN 'PROGRAMME-AMBIGUOUS'
         WHEN form IS NULL OR read_problem = 'FORM-UNKNOWN' THEN 'FORM-UNKNOWN'
         WHEN rule_no IS NULL THEN 'RULE-MISSING'
         WHEN override_jp IS NULL AND read_problem IN ('JP-MISSING', 'JP-INVALID', 'JP-IMPLAUSIBLE')
              AND slot_jp IS NULL AND programme_jp IS NULL THEN read_problem
         WHEN override_jp IS NULL AND basis IN ('programme', 'actual') AND slot_jp IS NULL AND programme_jp IS NULL
              AND (basis = 'programme' OR minutes IS NULL)
              AND (stated_jp IS NULL OR stated_jp = 0 OR (stated_jp > jp_max_plausible AND NOT accepted))
         THEN CASE WHEN jp_text IN ('', '-') THEN 'JP-MISSING'
                   WHEN stated_jp > jp_max_plausible THEN 'JP-IMPLAUSIBLE'
                   ELSE 'JP-INVALID' END
         WHEN NOT accepted AND coalesce(holds_credit, TRUE)
              AND read_problem NOT LIKE 'NIP-%' AND read_problem NOT LIKE 'LEARNER-%'
              AND read_problem NOT LIKE 'JP-%' THEN read_problem
         WHEN NOT accepted AND attended_bp = 0 THEN 'ABSENT'
         WHEN NOT accepted AND basis <> 'per_session' AND NOT partial AND attended_bp < min_attendance_bp
         THEN 'ATTENDANCE-LOW'
         WHEN NOT accepted AND offer < 0 AND min_score_bp > 0 AND score_bp IS NULL THEN 'SCORE-MISSING'
         WHEN NOT accepted AND offer < 0 AND score_bp < min_score_bp THEN 'SCORE-LOW'
    END AS problem
FROM ruled
