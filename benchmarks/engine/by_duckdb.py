"""The same dedupe, match, cap and difference as one query by hand: no findings, no reasons, no decisions."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

QUERY = """
WITH person AS (SELECT value AS nip, learner_id FROM identifier WHERE scheme = 'nip'),
course AS (
    SELECT c.source, c.external_course, p.code, p.form, p.jp
    FROM programme_component AS c JOIN programme AS p ON p.code = c.programme_code
),
online AS (
    SELECT w.learner_id, c.source, c.external_course, c.jp_stated, k.code, coalesce(k.form, 16) AS form, k.jp,
           CAST(c.completed_at + INTERVAL 9 HOUR AS DATE) AS day
    FROM completion AS c JOIN person AS w ON w.nip = c.nip
    LEFT JOIN course AS k ON k.source = c.source AND k.external_course = c.external_course
    WHERE c.nip_problem IS NULL
),
event AS (
    SELECT e.source, e.event_ref, p.code, coalesce(p.form, CAST(e.form_stated AS INT)) AS form, p.jp, e.jp_stated,
           e.start_on, e.end_on,
           trim(regexp_replace(regexp_replace(lower(e.title), '[^a-z0-9]+', ' ', 'g'), 'bimbingan teknis', 'bimtek')) AS plain
    FROM offline_event AS e LEFT JOIN programme AS p ON lower(p.title) = lower(e.title)
),
offline AS (
    SELECT w.learner_id, e.*
    FROM attendance AS a JOIN person AS w ON w.nip = a.nip
    JOIN event AS e ON e.source = a.source AND e.event_ref = a.event_ref
    WHERE a.nip_problem IS NULL AND a.sessions_attended * 100 >= a.sessions_total * 80
),
together AS (
    SELECT learner_id, form, day AS first_on, day AS last_on,
        CASE WHEN code IS NOT NULL THEN concat('activity1', chr(31), 'programme', chr(31), code, chr(31), year(day))
             ELSE concat('activity1', chr(31), 'course', chr(31), source, chr(31), external_course, chr(31), year(day)) END
            AS activity_key,
        coalesce(jp, 100 * CAST(split_part(jp_stated, ' ', 1) AS INT)) AS jp
    FROM online
    UNION ALL
    SELECT learner_id, form, start_on, end_on,
        CASE WHEN code IS NOT NULL THEN concat('activity1', chr(31), 'programme', chr(31), code, chr(31), year(end_on))
             ELSE concat('activity1', chr(31), 'event', chr(31), plain, chr(31), start_on, chr(31), end_on) END,
        CASE WHEN form = 9 THEN 400 * (end_on - start_on + 1) ELSE coalesce(jp, 100 * CAST(jp_stated AS INT)) END
    FROM offline
),
once AS (
    SELECT learner_id, activity_key, min(form) AS form, min(first_on) AS first_on, max(last_on) AS last_on, max(jp) AS worth
    FROM together GROUP BY learner_id, activity_key
),
limited AS (
    SELECT *, CASE form WHEN 16 THEN 300 WHEN 22 THEN 200 END * (last_on - first_on + 1) AS day_limit FROM once
),
running AS (
    SELECT *, least(worth, day_limit) AS own,
        sum(least(worth, day_limit)) OVER (PARTITION BY learner_id, form, last_on ORDER BY activity_key) - least(worth, day_limit)
            AS before_jp
    FROM limited WHERE day_limit IS NOT NULL
),
desired AS (
    SELECT learner_id, activity_key, year(last_on) AS year, greatest(0, least(own, day_limit - before_jp)) AS jp FROM running
    UNION ALL
    SELECT learner_id, activity_key, year(last_on), worth FROM limited WHERE day_limit IS NULL
)
SELECT learner_id, activity_key, year, CAST(sum(jp) AS BIGINT) AS jp
FROM (SELECT * FROM desired UNION ALL SELECT learner_id, activity_key, year, -jp FROM balance)
GROUP BY learner_id, activity_key, year HAVING sum(jp) <> 0
"""


def difference(inputs: Mapping[str, pa.Table]) -> pa.Table:
    with duckdb.connect(":memory:", config={"preserve_insertion_order": False}) as connection:
        for name, table in inputs.items():
            connection.register(name, table)
        return connection.sql(QUERY).to_arrow_table()
