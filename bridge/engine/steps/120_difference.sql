-- A row is an entry that the ledger needs: what ought to stand minus what stands, where they differ.
WITH told AS (
    SELECT learner_id, activity_key, year, jp AS signed_jp, 1 AS wanted, 0 AS entries FROM desired_credit
    UNION ALL
    SELECT learner_id, activity_key, year, -jp AS signed_jp, 0 AS wanted, entries FROM balance
),
changed AS (
    SELECT learner_id, activity_key, year, CAST(sum(signed_jp) AS INT) AS change, max(wanted) AS is_due,
           CAST(max(entries) AS INT) AS entries_so_far,
           -sum(CASE WHEN wanted = 0 THEN signed_jp ELSE 0 END) AS stood
    FROM told
    GROUP BY learner_id, activity_key, year
    HAVING sum(signed_jp) <> 0
)
SELECT
    c.learner_id, l.person_key, c.activity_key, c.year,
    coalesce(d.rule_version, b.rule_version) AS rule_version,
    CASE WHEN c.is_due = 0 THEN 'reversal' WHEN c.stood = 0 THEN 'award' ELSE 'adjustment' END AS kind,
    c.entries_so_far AS ordinal, coalesce(d.form, b.form) AS form, c.change AS jp, coalesce(d.title, b.title) AS title,
    coalesce(d.organiser, b.organiser) AS organiser, coalesce(d.started_on, b.started_on) AS started_on,
    coalesce(d.ended_on, b.ended_on) AS ended_on,
    coalesce(d.reason, 'no-longer-due') AS reason, d.evidence
FROM changed AS c
JOIN learner AS l ON l.learner_id = c.learner_id
LEFT JOIN desired_credit AS d
  ON d.learner_id = c.learner_id AND d.activity_key = c.activity_key AND d.year = c.year
LEFT JOIN balance AS b
  ON b.learner_id = c.learner_id AND b.activity_key = c.activity_key AND b.year = c.year
