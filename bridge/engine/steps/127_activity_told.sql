-- A row is something to be told about one activity of a learner, with the activity's first piece of evidence.
SELECT t.code, t.learner_id, t.activity_no, w.first_no
FROM (
    SELECT 'BLENDED-INCOMPLETE' AS code, learner_id, activity_no FROM worth WHERE worth = 0 AND slots_done < slots AND NOT rejected
    UNION ALL
    SELECT 'PROGRAMME-REPEATED' AS code, w.learner_id, w.activity_no
    FROM worth AS w JOIN activity_name AS n ON n.activity_no = w.activity_no
    WHERE w.pieces > 1 AND w.apart AND n.period_to IS NULL AND NOT w.rejected
    UNION ALL
    SELECT 'CAP-EXCEEDED' AS code, learner_id, activity_no FROM capped WHERE cut_by = 'capped-sessions'
    UNION ALL
    SELECT code, learner_id, activity_no FROM clash
    UNION ALL
    SELECT 'CERTIFICATE-REPEATED' AS code, learner_id, activity_no FROM certificate_repeat
    UNION ALL
    SELECT 'REPEATED-TOO-SOON' AS code, learner_id, activity_no FROM recent_repeat
) AS t
JOIN worth AS w ON w.learner_id = t.learner_id AND w.activity_no = t.activity_no
WHERE t.code <> 'CERTIFICATE-REPEATED' OR (NOT w.accepted AND NOT w.rejected)
