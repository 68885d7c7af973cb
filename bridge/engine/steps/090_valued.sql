-- A row is an activity with the JP that its rule gives before any cap, and why (`basis`); `worth` of 0 is not yet
-- credit (a blended programme whose parts state no JP waits for the others).
WITH keyed AS (
    SELECT a.*, j.evidence AS all_evidence, coalesce(j.joint_hash, a.first_hash) AS activity_hash,
        o.title, o.organiser, o.scope, o.programme_jp, o.slots, o.programme_code, o.plain_title,
        concat('activity1', chr(31), o.stem, chr(31),
            CASE WHEN a.period_to IS NULL THEN CAST(year(a.period_from) AS STRING)
                 ELSE concat(CAST(a.period_from AS STRING), chr(31), CAST(a.period_to AS STRING)) END) AS activity_key
    FROM activity AS a
    JOIN offering AS o ON o.offering_no = a.first_offering
    LEFT JOIN joint AS j ON j.learner_id = a.learner_id AND j.stem_no = a.stem_no
     AND j.period_from = a.period_from AND j.period_to IS NOT DISTINCT FROM a.period_to
),
ruled AS (
    SELECT a.*, r.form, r.rule_version, r.basis, r.jp_national, r.jp_international, r.international_bp, r.cap_day,
        r.cap_month, r.cap_year, r.cap_sessions_month, r.minutes_per_jp, r.jp_day_max, r.pppk_ceiling,
        {{ days("a.first_on", "a.last_on") }} AS day_count,
        CASE WHEN v.override_on = a.activity_hash THEN v.override_jp ELSE a.decided_jp END AS override_jp,
        a.any_accepted OR coalesce(v.verdict = 'accept' AND v.verdict_on = a.activity_hash, FALSE) AS accepted,
        coalesce(v.verdict = 'reject' AND v.verdict_on = a.activity_hash, FALSE) AS rejected
    FROM keyed AS a
    JOIN rule_period AS r ON r.rule_no = a.last_rule
    LEFT JOIN ruling AS v ON v.subject = a.activity_key AND v.owner = a.learner_id
),
based AS (
    SELECT *,
        CASE WHEN open_parts = 0 AND programme_jp IS NOT NULL AND parts_jp > programme_jp THEN programme_jp
             WHEN open_parts = 0 THEN parts_jp
             WHEN programme_jp IS NOT NULL AND (whole_done OR slots_done >= slots) THEN programme_jp
             WHEN programme_jp IS NOT NULL THEN 0 END AS catalogue_jp,
        CASE WHEN minutes_spent IS NOT NULL
             THEN {{ int_div("CAST(minutes_spent AS BIGINT) * 200 + minutes_per_jp", "2 * minutes_per_jp") }} END AS timed_jp,
        CASE WHEN scope = 'international' AND jp_international IS NOT NULL THEN jp_international
             WHEN scope = 'international'
             THEN {{ int_div("CAST(jp_national AS BIGINT) * (10000 + international_bp) + 5000", "10000") }}
             ELSE jp_national END AS rate
    FROM ruled
),
measured AS (
    SELECT *,
        CASE WHEN basis = 'programme' THEN coalesce(catalogue_jp, least_stated)
             WHEN basis = 'actual' THEN coalesce(catalogue_jp, timed_jp, least_stated) END AS plain_jp
    FROM based
)
SELECT
    learner_id, activity_key, activity_hash, year(last_on) AS year, month(last_on) AS month, rule_version, form, basis,
    CAST(CASE WHEN override_jp IS NOT NULL THEN override_jp
         WHEN basis = 'per_day' THEN rate * day_count
         WHEN basis = 'per_session' THEN rate * sessions
         WHEN basis = 'per_activity' THEN rate
         ELSE {{ surcharged("plain_jp", "scope", "international_bp") }} END AS BIGINT) AS worth,
    override_jp IS NOT NULL AS overridden, accepted, rejected, title, organiser, scope, plain_title, programme_code,
    first_on, last_on, day_count, class_from, class_to, sessions, rate, slots, slots_done,
    cap_day, cap_month, cap_year, cap_sessions_month, jp_day_max, pppk_ceiling, first_evidence, all_evidence, stem_no, period_from, period_to, pieces, apart
FROM measured
