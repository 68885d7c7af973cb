-- A row is an activity with the JP that its rule gives before any cap, see `worth`. Yes and no are 1 and 0 here, which
-- takes a third of the time to write down.
WITH ruled AS (
    SELECT a.*, r.form, r.basis, r.jp_national, r.jp_international, r.international_bp,
        r.minutes_per_jp, r.round_to, r.round_half,
        {{ days("a.first_on", "a.last_on") }} AS day_count,
        CASE WHEN v.override_applies THEN v.override_jp ELSE a.decided_jp END AS override_jp,
        a.any_accepted OR coalesce(v.accepted, FALSE) AS accepted,
        coalesce(v.rejected, FALSE) AS rejected
    FROM activity AS a
    JOIN rule_period AS r ON r.rule_no = a.last_rule
    LEFT JOIN activity_ruling AS v ON v.learner_id = a.learner_id AND v.activity_no = a.activity_no
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
             WHEN basis = 'actual' THEN coalesce(catalogue_jp, timed_jp, least_stated) END AS plain_jp,
        CASE WHEN basis = 'per_day' THEN rate * day_count
             WHEN basis = 'per_session' THEN rate * sessions
             WHEN basis = 'per_activity' THEN rate END AS counted_jp,
        CASE WHEN scope = 'international' THEN 10000 + international_bp ELSE 10000 END AS share
    FROM based
),
rounded AS (
    -- from the exact quotient, never from one that was rounded before
    SELECT *,
        CASE WHEN round_to = 0 THEN NULL
             WHEN counted_jp IS NOT NULL THEN {{ rounded("CAST(counted_jp AS BIGINT)", "1", "round_to", "round_half") }}
             WHEN basis = 'actual' AND catalogue_jp IS NULL AND minutes_spent IS NOT NULL
             THEN {{ rounded("CAST(minutes_spent AS BIGINT) * 100 * share", "CAST(minutes_per_jp AS BIGINT) * 10000", "round_to", "round_half") }}
             ELSE {{ rounded("CAST(plain_jp AS BIGINT) * share", "10000", "round_to", "round_half") }} END AS rounded_jp
    FROM measured
)
SELECT
    learner_id, activity_no, first_offering, last_rule, form, first_no, pieces, CASE WHEN apart THEN 1 ELSE 0 END AS apart_no,
    CAST(CASE WHEN override_jp IS NOT NULL THEN override_jp
         WHEN rounded_jp IS NOT NULL THEN rounded_jp
         WHEN counted_jp IS NOT NULL THEN counted_jp
         ELSE {{ surcharged("plain_jp", "scope", "international_bp") }} END AS BIGINT) AS worth,
    CASE WHEN override_jp IS NOT NULL THEN 1 ELSE 0 END AS overridden_no, CASE WHEN accepted THEN 1 ELSE 0 END AS accepted_no,
    CASE WHEN rejected THEN 1 ELSE 0 END AS rejected_no, first_on, last_on, class_from, class_to, sessions, rate, slots, slots_done
FROM rounded
