-- A row is what was offered: a course or an event, with the programme it belongs to (if any), its form and JP.
-- `matched_by` says by what the programme was found: 0 the course's id, 1 the programme code on the sheet, 2 the
-- course code on the sheet, 3 the title, 4 the course's code in the LMS. `stem` is the part of the activity's key
-- that does not depend on the date.
WITH offered AS (
    SELECT -course_no AS offer, 'course' AS kind, source, external_course AS ref, course_title AS title,
           '' AS organiser, 'national' AS scope, jp_stated, '' AS plain_title,
           16 AS form, '' AS form_stated
    FROM course
    UNION ALL
    SELECT event_no AS offer, 'event' AS kind, source, event_ref AS ref, title, organiser, scope, jp_stated,
           plain_title, form, form_stated
    FROM event
),
claimed AS (
    SELECT o.offer, o.kind, o.source, o.ref, o.form_stated, o.plain_title,
        trim(lower(o.jp_stated)) AS jp_text,
        c.programme_code, c.slot, coalesce(c.ambiguous, FALSE) AS ambiguous,
        coalesce(c.valid_from, DATE '1900-01-01') AS valid_from, coalesce(c.valid_to, DATE '9999-12-31') AS valid_to,
        c.trust AS matched_by,
        CASE WHEN c.programme_code IS NULL THEN o.form ELSE p.form END AS form,
        CASE WHEN c.programme_code IS NULL THEN o.scope ELSE p.scope END AS scope,
        coalesce(p.title, o.title) AS title,
        CASE WHEN coalesce(p.organiser, '') <> '' THEN p.organiser ELSE o.organiser END AS organiser,
        p.jp AS programme_jp, coalesce(p.partial, FALSE) AS partial,
        CASE WHEN c.slot = 'whole' THEN p.jp ELSE s.slot_jp END AS slot_jp,
        coalesce(s.slots, 1) AS slots,
        CASE WHEN c.programme_code IS NOT NULL
             THEN concat('programme', chr(31), {{ escaped("c.programme_code") }})
             WHEN o.kind = 'course'
             THEN concat('course', chr(31), {{ escaped("o.source") }}, chr(31), {{ escaped("o.ref") }})
             WHEN o.plain_title = ''
             THEN concat('untitled', chr(31), {{ escaped("o.source") }}, chr(31), {{ escaped("o.ref") }})
             ELSE concat('event', chr(31), o.plain_title) END AS stem
    FROM offered AS o
    LEFT JOIN candidate AS c ON c.offer = o.offer
    LEFT JOIN programme AS p ON p.code = c.programme_code
    LEFT JOIN (SELECT programme_code, slot, slot_jp, slots FROM programme_slot) AS s
      ON s.programme_code = c.programme_code AND (s.slot = c.slot)
),
parsed AS (
    SELECT *,
        {{ extract("jp_text", "^([0-9]{1,5})([.,][0-9]{1,2})?[ ]*(jp|jpl|jam|jam pelajaran)?[.]?$", 1) }} AS whole_jp,
        {{ extract("jp_text", "^[0-9]{1,5}[.,]([0-9]{1,2})[ ]*(jp|jpl|jam|jam pelajaran)?[.]?$", 1) }} AS part_jp
    FROM claimed
)
SELECT
    row_number() OVER (ORDER BY offer, valid_from, programme_code) AS offering_no,
    dense_rank() OVER (ORDER BY stem) AS stem_no,
    offer, kind, source, ref, title, organiser, scope, form, form_stated, plain_title, jp_text, programme_code, slot,
    ambiguous, valid_from, valid_to, matched_by, programme_jp, slot_jp, slots, partial, stem,
    CASE WHEN whole_jp <> ''
         THEN CAST(whole_jp AS INT) * 100 + CAST(substr(concat(part_jp, '00'), 1, 2) AS INT) END AS stated_jp
FROM parsed
