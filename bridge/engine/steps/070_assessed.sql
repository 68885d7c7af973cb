-- A row is one piece of evidence that still stands and is not rejected, with its offering, the rule in force on
-- its day, the activity it belongs to, and the first problem that holds its credit back (null: it counts).
-- `late_sessions` began more than the tolerated minutes before the person came; where the rule takes them for missed,
-- they are gone from `sessions_attended`.
WITH late AS (
    SELECT evidence_no, late FROM attendance WHERE late IS NOT NULL
),
attending AS (
    SELECT
        i.evidence_no, i.kind, i.offer, i.learner_id, i.started_on, i.ended_on, i.sessions_attended AS sessions_marked,
        i.sessions_total, i.minutes,
        i.certificate_no, i.problem AS read_problem,
        i.identity_problem, i.accepted, i.override_jp, i.linked, i.score_bp,
        o.offering_no, o.stem_no, o.slot, o.slot_jp, o.programme_jp, o.programme_code, o.partial, o.ambiguous,
        o.stated_jp, o.jp_text, o.form, o.form_stated,
        r.rule_no, r.basis, r.min_attendance_bp, r.min_score_bp, r.jp_max_plausible, r.certificate_required,
        i.kind = 'attendance' AND r.confirmation_required AND NOT v.confirmed AS unconfirmed,
        {{ above("t.late", "r.late_tolerance") }} AS late_sessions, r.late_is_absent,
        d.roster_name,
        s.as_of
    FROM owner AS i
    CROSS JOIN setting AS s
    LEFT JOIN offering AS o ON o.offer = i.offer
     AND (o.programme_code IS NULL OR i.ended_on IS NULL OR i.ended_on BETWEEN o.valid_from AND o.valid_to)
    LEFT JOIN rule_period AS r ON r.form = o.form AND i.ended_on >= r.effective_from
     AND (r.until IS NULL OR i.ended_on < r.until)
    LEFT JOIN name_doubt AS d ON d.evidence_no = i.evidence_no
    LEFT JOIN event AS v ON v.event_no = i.offer
    LEFT JOIN late AS t ON t.evidence_no = i.evidence_no
    WHERE i.standing = 'completed' AND NOT i.rejected
),
timely AS (
    SELECT attending.*,
        CASE WHEN late_sessions > 0 AND late_is_absent AND NOT accepted
             THEN greatest(coalesce(sessions_marked, sessions_total, 1) - late_sessions, 0)
             ELSE sessions_marked END AS sessions_attended
    FROM attending
),
ruled AS (
    SELECT timely.*,
        CASE WHEN sessions_total > 0
             THEN {{ int_div("CAST(coalesce(sessions_attended, 0) AS BIGINT) * 10000", "sessions_total") }}
             WHEN sessions_attended = 0 THEN 0
             ELSE 10000 END AS attended_bp
    FROM timely
),
held AS (
    SELECT ruled.*, f.holds_credit
    FROM ruled LEFT JOIN finding_type AS f ON f.code = ruled.read_problem
)
SELECT
    evidence_no, kind, offer, offering_no, stem_no, slot, slot_jp, partial, learner_id, started_on, ended_on, sessions_attended,
    sessions_total, minutes, certificate_no, accepted, override_jp, stated_jp, rule_no, attended_bp, certificate_required, read_problem,
    holds_credit, score_bp, late_sessions,
    CASE WHEN (programme_code IS NOT NULL AND basis <> 'per_day' AND basis <> 'per_session'
               AND (basis <> 'actual' OR programme_jp IS NOT NULL))
           OR (programme_code IS NULL AND kind = 'completion')
         THEN make_date(year(ended_on), 1, 1) ELSE started_on END AS period_from,
    CASE WHEN (programme_code IS NOT NULL AND basis <> 'per_day' AND basis <> 'per_session'
               AND (basis <> 'actual' OR programme_jp IS NOT NULL))
           OR (programme_code IS NULL AND kind = 'completion')
         THEN CAST(NULL AS DATE) ELSE ended_on END AS period_to,
    CASE WHEN identity_problem IS NOT NULL THEN identity_problem
         WHEN roster_name IS NOT NULL AND NOT accepted AND NOT linked THEN 'NAME-MISMATCH'
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
         WHEN NOT accepted AND unconfirmed THEN 'CONFIRMATION-MISSING'
         WHEN NOT accepted AND kind = 'completion' AND min_score_bp > 0 AND score_bp IS NULL THEN 'SCORE-MISSING'
         WHEN NOT accepted AND kind = 'completion' AND score_bp < min_score_bp THEN 'SCORE-LOW'
    END AS problem
FROM held
