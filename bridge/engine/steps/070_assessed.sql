-- A row is one piece of evidence with its offering, the rule in force on its day, the number of the activity it
-- would belong to (see activity_name), a digest of its certificate's number (`certificate_mark`), and the first problem that keeps it from counting, but for a doubtful name
-- (see judged). Of evidence that was withdrawn, or rejected by a person, that is all there is to say. Where the rule takes
-- sessions to which a person came late for missed, they are gone from `sessions_attended`.
WITH attending AS (
    SELECT
        i.evidence_no, i.offer, i.learner_id, i.standing, i.started_on, i.ended_on, i.sessions_total, i.minutes,
        CASE WHEN t.late_is_absent AND NOT i.accepted
             THEN greatest(coalesce(i.sessions_attended, i.sessions_total, 1) - t.late_sessions, 0)
             ELSE i.sessions_attended END AS sessions_attended,
        i.certificate_no, i.problem AS read_problem, i.identity_problem, i.accepted, i.rejected, i.override_jp,
        i.score_bp, i.other_name, s.as_of,
        p.offering_no, p.stem_no, p.rule_no, p.yearly, p.flaw, p.jp_known, p.jp_problem, p.by_time, p.least_attended_bp,
        p.least_score_bp, p.unconfirmed, {{ days("i.started_on", "i.ended_on") }} AS day_count
    FROM owner AS i
    CROSS JOIN setting AS s
    LEFT JOIN placement AS p ON p.offer = i.offer AND i.ended_on >= p.since AND i.ended_on < p.until AND i.ended_on <= p.valid_to
    LEFT JOIN late AS t ON t.evidence_no = i.evidence_no
),
placed AS (
    SELECT *,
        CASE WHEN sessions_total > 0
             THEN {{ int_div("CAST(coalesce(sessions_attended, 0) AS BIGINT) * 10000", "sessions_total") }}
             WHEN sessions_attended = 0 THEN 0
             ELSE 10000 END AS attended_bp
    FROM attending
)
SELECT
    evidence_no, offer, offering_no, learner_id, started_on, ended_on, sessions_attended, minutes,
    CASE WHEN accepted THEN 1 ELSE 0 END AS accepted_no, override_jp, rule_no, attended_bp, read_problem,
    {{ activity_number("stem_no", "CASE WHEN yearly THEN make_date(year(ended_on), 1, 1) ELSE started_on END",
        "CASE WHEN yearly THEN DATE '1970-01-01' ELSE ended_on END") }} AS activity_no,
    CASE WHEN certificate_no NOT IN ('', '-') THEN hash({{ norm_certificate("certificate_no") }}) END AS certificate_mark,
    CASE WHEN standing = 'completed' AND NOT rejected AND NOT accepted THEN other_name END AS other_name,
    CASE WHEN standing <> 'completed' THEN 'EVIDENCE-WITHDRAWN'
         WHEN rejected THEN 'REJECTED'
         WHEN identity_problem IS NOT NULL THEN identity_problem
         WHEN day_count IS NULL OR day_count NOT BETWEEN 1 AND 366 OR ended_on > as_of OR started_on < DATE '2000-01-01'
              OR read_problem = 'DATE-IMPLAUSIBLE'
         THEN 'DATE-IMPLAUSIBLE'
         WHEN offering_no IS NULL THEN 'PROGRAMME-EXPIRED'
         WHEN read_problem = 'FORM-UNKNOWN' AND coalesce(flaw, '') <> 'PROGRAMME-AMBIGUOUS' THEN read_problem
         WHEN flaw IS NOT NULL THEN flaw
         WHEN override_jp IS NULL AND NOT jp_known AND read_problem IN ('JP-MISSING', 'JP-INVALID', 'JP-IMPLAUSIBLE')
         THEN read_problem
         WHEN jp_problem IS NOT NULL AND override_jp IS NULL AND NOT (by_time AND minutes IS NOT NULL)
              AND NOT (jp_problem = 'JP-IMPLAUSIBLE' AND accepted)
         THEN jp_problem
         WHEN accepted THEN NULL
         WHEN read_problem NOT LIKE 'NIP-%' AND read_problem NOT LIKE 'LEARNER-%' AND read_problem NOT LIKE 'JP-%'
              AND read_problem NOT IN (SELECT code FROM finding_type WHERE NOT holds_credit)
         THEN read_problem
         WHEN attended_bp = 0 THEN 'ABSENT'
         WHEN attended_bp < least_attended_bp THEN 'ATTENDANCE-LOW'
         WHEN unconfirmed THEN 'CONFIRMATION-MISSING'
         WHEN least_score_bp > 0 AND score_bp IS NULL THEN 'SCORE-MISSING'
         WHEN score_bp < least_score_bp THEN 'SCORE-LOW'
    END AS problem
FROM placed
