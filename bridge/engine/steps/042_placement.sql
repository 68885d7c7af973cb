-- A row is an offering during the days (`since` to before `until`) on which it and one rule set are in force, with all
-- that is the same for everybody who took part: the rule for its form, what is wrong with it (`flaw`), whether its
-- activity is that of the year or of its days, and what the rule asks of a person (`unconfirmed`: its organiser's word is
-- asked for and not there).
WITH start AS (
    SELECT offering_no, valid_from AS since FROM offering
    UNION
    SELECT o.offering_no, r.effective_from AS since
    FROM offering AS o
    JOIN (SELECT DISTINCT effective_from FROM rule) AS r ON r.effective_from > o.valid_from AND r.effective_from <= o.valid_to
),
piece AS (
    SELECT s.offering_no, s.since, lead(s.since) OVER (PARTITION BY s.offering_no ORDER BY s.since) AS until FROM start AS s
),
ruled AS (
    SELECT o.*, s.since, coalesce(s.until, DATE '9999-12-31') AS until, r.rule_no, r.basis, r.min_attendance_bp,
        r.min_score_bp, r.jp_max_plausible, o.slot_jp IS NOT NULL OR o.programme_jp IS NOT NULL AS jp_known,
        r.late_tolerance, r.late_is_absent, coalesce(r.confirmation_required AND NOT e.confirmed, FALSE) AS unconfirmed
    FROM piece AS s
    JOIN offering AS o ON o.offering_no = s.offering_no
    LEFT JOIN rule_period AS r ON r.form = o.form AND s.since >= r.effective_from AND (r.until IS NULL OR s.since < r.until)
    LEFT JOIN event AS e ON e.event_no = o.offer
)
SELECT
    offer, since, until, valid_to, CAST(offering_no AS INT) AS offering_no, CAST(stem_no AS BIGINT) AS stem_no,
    CAST(rule_no AS INT) AS rule_no, jp_known, basis = 'actual' AS by_time,
    -- a programme's activity, and a course's, is that of the year; every other that of its days
    coalesce((programme_code IS NOT NULL AND basis <> 'per_day' AND basis <> 'per_session'
        AND (basis <> 'actual' OR programme_jp IS NOT NULL)) OR (programme_code IS NULL AND offer < 0), FALSE) AS yearly,
    CASE WHEN ambiguous THEN 'PROGRAMME-AMBIGUOUS' WHEN form IS NULL THEN 'FORM-UNKNOWN'
         WHEN rule_no IS NULL THEN 'RULE-MISSING' END AS flaw,
    CASE WHEN NOT jp_known AND basis IN ('programme', 'actual')
              AND (stated_jp IS NULL OR stated_jp = 0 OR stated_jp > jp_max_plausible)
         THEN CASE WHEN jp_text IN ('', '-') THEN 'JP-MISSING' WHEN stated_jp > jp_max_plausible THEN 'JP-IMPLAUSIBLE'
                   ELSE 'JP-INVALID' END END AS jp_problem,
    CASE WHEN basis <> 'per_session' AND NOT partial THEN min_attendance_bp END AS least_attended_bp,
    CASE WHEN offer < 0 THEN min_score_bp ELSE 0 END AS least_score_bp,
    late_tolerance, late_is_absent, unconfirmed
FROM ruled
