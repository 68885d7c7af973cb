"""The same dedupe, match, cap and difference in Polars, lazily."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

SEP = "\x1f"


def _plain(title: pl.Expr) -> pl.Expr:
    spaced = (
        title.str.to_lowercase()
        .str.replace_all("[^a-z0-9]+", " ")
        .str.replace_all("bimbingan teknis", "bimtek")
    )
    return spaced.str.strip_chars()


def difference(inputs: Mapping[str, pa.Table]) -> pa.Table:
    frame = {name: pl.from_arrow(table).lazy() for name, table in inputs.items()}  # type: ignore[union-attr]
    person = (
        frame["identifier"].filter(pl.col("scheme") == "nip").select(nip="value", learner_id="learner_id")
    )
    programme = frame["programme"].select(
        "code", "form", "jp", pl.col("title").str.to_lowercase().alias("lower_title")
    )
    course = (
        frame["programme_component"]
        .join(programme, left_on="programme_code", right_on="code")
        .select("source", "external_course", "form", "jp", code="programme_code")
    )
    day = pl.col("completed_at").dt.offset_by("9h").dt.date()
    online = (
        frame["completion"]
        .filter(pl.col("nip_problem").is_null())
        .join(person, on="nip")
        .join(course, on=["source", "external_course"], how="left")
        .with_columns(day=day, form=pl.col("form").fill_null(16))
        .select(
            "learner_id",
            "form",
            first_on="day",
            last_on="day",
            activity_key=pl.when(pl.col("code").is_not_null())
            .then(pl.concat_str(pl.lit(f"activity1{SEP}programme{SEP}"), "code", pl.lit(SEP), pl.col("day").dt.year()))
            .otherwise(
                pl.concat_str(
                    pl.lit(f"activity1{SEP}course{SEP}"), "source", pl.lit(SEP), "external_course", pl.lit(SEP),
                    pl.col("day").dt.year(),
                )
            ),
            jp=pl.coalesce("jp", pl.col("jp_stated").str.split(" ").list.first().cast(pl.Int32) * 100),
        )
    )  # fmt: skip
    event = (
        frame["offline_event"]
        .with_columns(lower_title=pl.col("title").str.to_lowercase(), plain=_plain(pl.col("title")))
        .join(programme, on="lower_title", how="left")
        .with_columns(form=pl.coalesce("form", pl.col("form_stated").cast(pl.Int32)))
        .select("source", "event_ref", "code", "form", "jp", "jp_stated", "start_on", "end_on", "plain")
    )
    days = (pl.col("end_on") - pl.col("start_on")).dt.total_days() + 1
    offline = (
        frame["attendance"]
        .filter(
            pl.col("nip_problem").is_null()
            & (pl.col("sessions_attended") * 100 >= pl.col("sessions_total") * 80)
        )
        .join(person, on="nip")
        .join(event, on=["source", "event_ref"])
        .select(
            "learner_id",
            "form",
            first_on="start_on",
            last_on="end_on",
            activity_key=pl.when(pl.col("code").is_not_null())
            .then(pl.concat_str(pl.lit(f"activity1{SEP}programme{SEP}"), "code", pl.lit(SEP), pl.col("end_on").dt.year()))
            .otherwise(
                pl.concat_str(
                    pl.lit(f"activity1{SEP}event{SEP}"), "plain", pl.lit(SEP), pl.col("start_on").cast(pl.String),
                    pl.lit(SEP), pl.col("end_on").cast(pl.String),
                )
            ),
            jp=pl.when(pl.col("form") == 9)
            .then(days * 400)
            .otherwise(pl.coalesce("jp", pl.col("jp_stated").cast(pl.Int32) * 100))
            .cast(pl.Int32),
        )
    )  # fmt: skip
    once = (
        pl.concat([online, offline])
        .group_by("learner_id", "activity_key")
        .agg(
            pl.col("form").min(),
            pl.col("first_on").min(),
            pl.col("last_on").max(),
            pl.col("jp").max().cast(pl.Int64).alias("worth"),
        )
        .with_columns(
            day_limit=pl.col("form").replace_strict({16: 300, 22: 200}, default=None, return_dtype=pl.Int64)
            * ((pl.col("last_on") - pl.col("first_on")).dt.total_days() + 1)
        )
    )
    capped = (
        once.filter(pl.col("day_limit").is_not_null())
        .with_columns(own=pl.min_horizontal("worth", "day_limit"))
        .sort("learner_id", "form", "last_on", "activity_key")
        .with_columns(before=pl.col("own").cum_sum().over("learner_id", "form", "last_on") - pl.col("own"))
        .with_columns(
            due=pl.min_horizontal("own", pl.col("day_limit") - pl.col("before")).clip(lower_bound=0)
        )
        .select(
            "learner_id", "activity_key", pl.col("last_on").dt.year().alias("year"), pl.col("due").alias("jp")
        )
    )
    uncapped = once.filter(pl.col("day_limit").is_null()).select(
        "learner_id", "activity_key", pl.col("last_on").dt.year().alias("year"), pl.col("worth").alias("jp")
    )
    stood = frame["balance"].select("learner_id", "activity_key", "year", -pl.col("jp"))
    found = (
        pl.concat([capped, uncapped, stood])
        .group_by("learner_id", "activity_key", "year")
        .agg(pl.col("jp").sum())
        .filter(pl.col("jp") != 0)
    )
    return found.collect().to_arrow()
