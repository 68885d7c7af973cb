"""The engine's contract: the Arrow relations that go in, and the two that come out.

The store's feed fills the inputs for the touched learners (or a bucket of all); the steps in `steps/*.sql`
turn them into `desired_credit` and `finding`. Nothing else goes in: no clock, no database, no settings
that are not in these relations. Instants are timestamps in UTC (microseconds); JP are integer hundredths.
"""

from __future__ import annotations

import pyarrow as pa

INSTANT = pa.timestamp("us")  # UTC by contract

INPUTS: dict[str, pa.Schema] = {
    # one row: the tenant's zone and the day on which the run is made (what lies after it is in the future)
    "setting": pa.schema([("zone", pa.string()), ("as_of", pa.date32())]),
    "learner": pa.schema(
        [
            ("learner_id", pa.int64()),
            ("person_key", pa.string()),
            ("name", pa.string()),
            ("employment", pa.string()),
            ("post", pa.string()),
            ("office_code", pa.string()),
        ]
    ),
    # national identifiers and accounts, with validity dates (null: open)
    "identifier": pa.schema(
        [
            ("learner_id", pa.int64()),
            ("scheme", pa.string()),
            ("source", pa.string()),
            ("value", pa.string()),
            ("valid_from", pa.date32()),
            ("valid_to", pa.date32()),
        ]
    ),
    # the newest version of each key only
    "completion": pa.schema(
        [
            ("evidence_key", pa.string()),
            ("evidence_hash", pa.string()),
            ("source", pa.string()),
            ("external_learner", pa.string()),
            ("external_course", pa.string()),
            ("standing", pa.string()),
            ("completed_at", INSTANT),
            ("nip", pa.string()),
            ("nip_problem", pa.string()),
            ("learner_name", pa.string()),
            ("course_code", pa.string()),
            ("course_title", pa.string()),
            ("jp_stated", pa.string()),
            ("score", pa.string()),
            ("score_max", pa.string()),
            ("minutes", pa.int32()),
            ("certificate_no", pa.string()),
        ]
    ),
    # of completions whose date moved: the date that the newest version replaced, and the standing it had then
    "earlier_completion": pa.schema(
        [("evidence_key", pa.string()), ("completed_at", INSTANT), ("standing", pa.string())]
    ),
    "offline_event": pa.schema(
        [
            ("source", pa.string()),
            ("event_ref", pa.string()),
            ("title", pa.string()),
            ("organiser", pa.string()),
            ("place", pa.string()),
            ("form_stated", pa.string()),
            ("scope", pa.string()),
            ("start_on", pa.date32()),
            ("end_on", pa.date32()),
            ("jp_stated", pa.string()),
            ("programme_code", pa.string()),
            ("lms_course_code", pa.string()),
        ]
    ),
    "attendance": pa.schema(
        [
            ("evidence_key", pa.string()),
            ("evidence_hash", pa.string()),
            ("source", pa.string()),
            ("event_ref", pa.string()),
            ("attendee", pa.string()),
            ("standing", pa.string()),
            ("nip", pa.string()),
            ("nip_problem", pa.string()),
            ("learner_name", pa.string()),
            ("sheet", pa.string()),
            ("row", pa.int32()),
            ("sessions_attended", pa.int32()),
            ("sessions_total", pa.int32()),
            ("minutes", pa.int32()),
            ("day", pa.date32()),
            ("certificate_no", pa.string()),
            ("problem", pa.string()),
            ("late", pa.string()),  # minutes late, a session: `5,40`; null: never, or nobody knows
        ]
    ),
    # the events whose roll the organiser has confirmed
    "confirmation": pa.schema([("source", pa.string()), ("event_ref", pa.string())]),
    "programme": pa.schema(
        [
            ("code", pa.string()),
            ("title", pa.string()),
            ("form", pa.int32()),
            ("jp", pa.int32()),
            ("scope", pa.string()),
            ("partial", pa.bool_()),
            ("organiser", pa.string()),
            ("valid_from", pa.date32()),
            ("valid_to", pa.date32()),
        ]
    ),
    "programme_component": pa.schema(
        [
            ("programme_code", pa.string()),
            ("ordinal", pa.int32()),
            ("mode", pa.string()),
            ("source", pa.string()),
            ("external_course", pa.string()),
            ("title", pa.string()),
            ("jp", pa.int32()),
        ]
    ),
    # the rule sets, flattened by bridge.engine.rules: one row a form and rule set
    "rule": pa.schema(
        [
            ("rule_version", pa.string()),
            ("effective_from", pa.date32()),
            ("form", pa.int32()),
            ("basis", pa.string()),  # programme | per_day | per_session | per_activity | actual
            ("jp_national", pa.int32()),
            ("jp_international", pa.int32()),
            ("international_bp", pa.int32()),  # surcharge in basis points (2000 = +20 %)
            ("cap_day", pa.int32()),  # hundredths of JP a day, null: none
            ("cap_month", pa.int32()),
            ("cap_year", pa.int32()),
            ("cap_sessions_month", pa.int32()),
            ("min_attendance_bp", pa.int32()),  # 8000 = 80 %
            ("certificate_required", pa.bool_()),
            (
                "confirmation_required",
                pa.bool_(),
            ),  # attendance in class counts once its organiser confirms it
            ("late_tolerance", pa.int32()),  # minutes after a session's start that nobody remarks
            ("late_is_absent", pa.bool_()),  # a session at which somebody came later is not attended
            ("minutes_per_jp", pa.int32()),
            ("jp_max_plausible", pa.int32()),
            ("jp_day_max", pa.int32()),  # two activities of one day above it can't both have been attended
            ("pppk_ceiling", pa.int32()),  # hundredths of JP a year (PP 49/2018): flagged above it
            ("min_score_bp", pa.int32()),  # of the course's full score; 0: no score is asked
            ("repeat_years", pa.int32()),  # the same programme or course counts anew after so many years
            ("cap_day_total", pa.int32()),  # over all forms together, hundredths of JP, null: none
            ("cap_month_total", pa.int32()),
            ("cap_year_total", pa.int32()),
            (
                "round_to",
                pa.int32(),
            ),  # hundredths: 1 two places, 100 whole JP; 0: as computed (half up, two places)
            ("round_half", pa.int32()),  # 1: half up, 0: down
            ("verified", pa.bool_()),
        ]
    ),
    # words at the beginning of a title that name its form, where a sheet states none
    "title_word": pa.schema([("rule_version", pa.string()), ("words", pa.string()), ("form", pa.int32())]),
    "decision": pa.schema(
        [
            ("decision_id", pa.int64()),
            ("kind", pa.string()),
            ("subject", pa.string()),
            ("made_on", pa.string()),
            ("learner_id", pa.int64()),
            ("jp", pa.int32()),
            ("reason", pa.string()),
        ]
    ),
    # what the ledger holds now for these learners: one row per (learner, activity, year), `jp` and `entries`
    # over all its entries, the other columns from the newest of them (a reversal repeats them)
    "balance": pa.schema(
        [
            ("learner_id", pa.int64()),
            ("activity_key", pa.string()),
            ("year", pa.int32()),
            ("jp", pa.int64()),
            ("entries", pa.int32()),
            ("rule_version", pa.string()),
            ("form", pa.int32()),
            ("title", pa.string()),
            ("organiser", pa.string()),
            ("started_on", pa.date32()),
            ("ended_on", pa.date32()),
        ]
    ),
}

OUTPUTS: dict[str, pa.Schema] = {
    # what ought to stand; zero-JP credits are not rows
    "desired_credit": pa.schema(
        [
            ("learner_id", pa.int64()),
            ("activity_key", pa.string()),
            ("year", pa.int32()),
            ("rule_version", pa.string()),
            ("form", pa.int32()),
            ("jp", pa.int32()),
            ("jp_before_caps", pa.int32()),
            ("title", pa.string()),
            ("organiser", pa.string()),
            ("started_on", pa.date32()),
            ("ended_on", pa.date32()),
            ("reason", pa.string()),
            ("evidence", pa.list_(pa.string())),
            ("activity_hash", pa.string()),  # what a decision on the activity is `made_on`
        ]
    ),
    # desired minus balance: only rows that differ
    "difference": pa.schema(
        [
            ("learner_id", pa.int64()),
            ("person_key", pa.string()),
            ("activity_key", pa.string()),
            ("year", pa.int32()),
            ("rule_version", pa.string()),
            ("kind", pa.string()),
            ("ordinal", pa.int32()),
            ("form", pa.int32()),
            ("jp", pa.int32()),
            ("title", pa.string()),
            ("organiser", pa.string()),
            ("started_on", pa.date32()),
            ("ended_on", pa.date32()),
            ("reason", pa.string()),
            ("evidence", pa.list_(pa.string())),
        ]
    ),
    "finding": pa.schema(
        [
            ("code", pa.string()),
            ("subject", pa.string()),
            ("learner_id", pa.int64()),
            ("params", pa.string()),  # JSON object of strings
        ]
    ),
}
