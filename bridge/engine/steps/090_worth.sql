-- view
-- A row is an activity with the JP that its rule gives before any cap; `worth` of 0 is not yet credit (a blended
-- programme whose parts state no JP waits for the others). Its words are in `valued`.
SELECT learner_id, activity_no, first_offering, last_rule, form, first_no, pieces, apart_no = 1 AS apart, worth,
    overridden_no = 1 AS overridden, accepted_no = 1 AS accepted, rejected_no = 1 AS rejected, first_on, last_on,
    {{ days("first_on", "last_on") }} AS day_count, class_from, class_to, sessions, rate, slots, slots_done
FROM weighed
