-- A row is one activity of one learner: what may become one credit. The parts of a blended programme are summed.
WITH single AS (
    SELECT p.learner_id, p.stem_no, p.period_from, p.period_to, p.offering_no, p.rule_no, p.first_on, p.last_on,
        p.class_from, p.class_to, p.sessions, p.minutes_spent, p.least_stated, p.decided_jp, p.any_accepted,
        p.first_evidence, p.evidence, p.hashes, 1 AS slots_done,
        CASE WHEN p.part_jp IS NOT NULL AND p.share_bp < 10000
             THEN {{ int_div("CAST(p.part_jp AS BIGINT) * p.share_bp", "10000") }} ELSE p.part_jp END AS parts_jp,
        CASE WHEN p.part_jp IS NULL THEN 1 ELSE 0 END AS open_parts, p.share_bp
    FROM part AS p JOIN offering AS o ON o.offering_no = p.offering_no
    WHERE o.slots = 1
),
blended AS (
    SELECT p.learner_id, p.stem_no, p.period_from, p.period_to, p.offering_no, p.rule_no, p.first_on, p.last_on,
        p.class_from, p.class_to, p.sessions, p.minutes_spent, p.least_stated, p.decided_jp, p.any_accepted,
        p.first_evidence, p.slot, p.part_jp, p.share_bp
    FROM part AS p JOIN offering AS o ON o.offering_no = p.offering_no
    WHERE o.slots > 1
),
summed AS (
    SELECT learner_id, stem_no, period_from, period_to, min(offering_no) AS offering_no, max(rule_no) AS rule_no,
        min(first_on) AS first_on, max(last_on) AS last_on, min(class_from) AS class_from,
        max(class_to) AS class_to, max(sessions) AS sessions, max(minutes_spent) AS minutes_spent,
        min(least_stated) AS least_stated, min(decided_jp) AS decided_jp, bool_or(any_accepted) AS any_accepted,
        min(first_evidence) AS first_evidence, count(*) AS slots_done,
        sum({{ int_div("CAST(part_jp AS BIGINT) * share_bp", "10000") }}) AS parts_jp,
        sum(CASE WHEN part_jp IS NULL THEN 1 ELSE 0 END) AS open_parts, min(share_bp) AS share_bp,
        bool_or(slot = 'whole') AS whole_done
    FROM blended GROUP BY learner_id, stem_no, period_from, period_to
),
told AS (
    SELECT a.learner_id, a.stem_no, a.period_from, a.period_to, {{ sorted_set("a.evidence_key") }} AS evidence,
           {{ sorted_set("a.evidence_hash") }} AS hashes
    FROM assessed AS a JOIN offering AS o ON o.offering_no = a.offering_no
    WHERE a.problem IS NULL AND o.slots > 1
    GROUP BY a.learner_id, a.stem_no, a.period_from, a.period_to
),
gathered AS (
    SELECT s.*, FALSE AS whole_done FROM single AS s
    UNION ALL
    SELECT s.learner_id, s.stem_no, s.period_from, s.period_to, s.offering_no, s.rule_no, s.first_on, s.last_on,
        s.class_from, s.class_to, s.sessions, s.minutes_spent, s.least_stated, s.decided_jp, s.any_accepted,
        s.first_evidence, t.evidence, t.hashes, s.slots_done, s.parts_jp, s.open_parts, s.share_bp, s.whole_done
    FROM summed AS s
    JOIN told AS t ON t.learner_id = s.learner_id AND t.stem_no = s.stem_no AND t.period_from = s.period_from
     AND t.period_to IS NOT DISTINCT FROM s.period_to
)
SELECT
    g.*,
    concat('activity1', chr(31), o.stem, chr(31),
        CASE WHEN g.period_to IS NULL THEN CAST(year(g.period_from) AS STRING)
             ELSE concat(CAST(g.period_from AS STRING), chr(31), CAST(g.period_to AS STRING)) END) AS activity_key,
    md5({{ joined("g.hashes") }}) AS activity_hash
FROM gathered AS g
JOIN offering AS o ON o.offering_no = g.offering_no
