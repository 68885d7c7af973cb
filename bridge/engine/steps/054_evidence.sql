-- view
-- A row is one piece of evidence, online or in class, in one shape; days are those of the tenant's zone.
-- `evidence_no` numbers the rows of a run: the steps carry it instead of keys, hashes and names. `offer` is negative
-- for a course, positive for an event.
{% macro online(described) %}
SELECT
    c.evidence_no, c.evidence_key, -k.course_no AS offer, c.source, c.external_learner AS account, c.nip, c.nip_problem,
    coalesce(c.learner_name, '') AS learner_name, c.standing,
    {{ local_day("c.completed_at", "z.minutes") }} AS started_on,
    {{ local_day("c.completed_at", "z.minutes") }} AS ended_on,
    CAST(NULL AS INT) AS sessions_attended, CAST(NULL AS INT) AS sessions_total, c.minutes,
    c.certificate_no, CAST(NULL AS STRING) AS problem
FROM completion AS c
JOIN course AS k ON k.external_course = c.external_course AND k.source = c.source AND {{ described }}
LEFT JOIN zone_offset AS z ON c.completed_at >= z.since AND c.completed_at < z.until
{% endmacro %}
{{ online("k.sole") }}
UNION ALL
{{ online("NOT k.sole AND k.course_code = coalesce(c.course_code, '') AND k.course_title = coalesce(c.course_title, '')
 AND k.jp_stated = coalesce(c.jp_stated, '')") }}
UNION ALL
SELECT
    a.evidence_no, a.evidence_key, e.event_no AS offer, a.source, a.attendee AS account, a.nip, a.nip_problem,
    coalesce(a.learner_name, '') AS learner_name, a.standing,
    coalesce(a.day, e.started_on) AS started_on, coalesce(a.day, e.ended_on) AS ended_on,
    a.sessions_attended, a.sessions_total, a.minutes, a.certificate_no, a.problem
FROM attendance AS a
JOIN event AS e ON e.event_ref = a.event_ref AND e.source = a.source
