-- A row is the rule for one form in one rule set, with the days on which it is in force (`until` is exclusive).
SELECT
    row_number() OVER (ORDER BY r.effective_from, r.rule_version, r.form) AS rule_no,
    r.*,
    s.until
FROM rule AS r
JOIN (
    SELECT rule_version, lead(effective_from) OVER (ORDER BY effective_from, rule_version) AS until
    FROM (SELECT DISTINCT rule_version, effective_from FROM rule) AS rule_set
) AS s ON s.rule_version = r.rule_version
