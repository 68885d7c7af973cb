"""The same dedupe, match, cap and difference in pandas."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

SEP = "\x1f"


def _programme_key(code: pd.Series, year: pd.Series) -> pd.Series:
    return f"activity1{SEP}programme{SEP}" + code + SEP + year


def difference(inputs: Mapping[str, pa.Table]) -> pa.Table:
    frame = {
        name: table.to_pandas() for name, table in inputs.items() if name not in ("completion", "attendance")
    }
    names = frame["identifier"]
    person = names[names.scheme == "nip"][["value", "learner_id"]].rename(columns={"value": "nip"})
    programme = frame["programme"].assign(lower_title=lambda f: f.title.str.lower())
    course = frame["programme_component"].merge(programme, left_on="programme_code", right_on="code")
    course = course[
        ["source_x" if "source_x" in course else "source", "external_course", "code", "form", "jp_y"]
    ]
    course.columns = pd.Index(["source", "external_course", "code", "form", "jp"])

    wanted = ["source", "external_course", "nip", "nip_problem", "completed_at", "jp_stated"]
    online = inputs["completion"].select(wanted).to_pandas()
    online = online[online.nip_problem.isna()].merge(person, on="nip")
    online = online.merge(course, on=["source", "external_course"], how="left")
    online["day"] = (online.completed_at + pd.Timedelta(hours=9)).dt.normalize()
    year = online.day.dt.year.astype(str)
    own = f"activity1{SEP}course{SEP}" + online.source + SEP + online.external_course + SEP + year
    online["activity_key"] = _programme_key(online.code, year).where(online.code.notna(), own)
    stated = online.jp_stated.str.split(" ").str[0].astype("int64") * 100
    online["worth"] = online.jp.where(online.jp.notna(), stated)
    online["form"] = online.form.fillna(16)
    online["first_on"] = online["last_on"] = online.day

    event = frame["offline_event"].assign(lower_title=lambda f: f.title.str.lower())
    event = event.merge(programme[["lower_title", "code", "form", "jp"]], on="lower_title", how="left")
    plain = event.lower_title.str.replace("[^a-z0-9]+", " ", regex=True)
    event["plain"] = plain.str.replace("bimbingan teknis", "bimtek").str.strip()
    event["form"] = event.form.where(event.form.notna(), event.form_stated.astype(float))
    event["first_on"], event["last_on"] = pd.to_datetime(event.start_on), pd.to_datetime(event.end_on)
    event["year"] = event.last_on.dt.year.astype(str)
    days = (event.last_on - event.first_on).dt.days + 1
    stated = event.jp_stated.astype("int64") * 100
    event["worth"] = np.where(event.form == 9, 400 * days, event.jp.where(event.jp.notna(), stated))
    dates = event.first_on.dt.strftime("%Y-%m-%d") + SEP + event.last_on.dt.strftime("%Y-%m-%d")
    own = f"activity1{SEP}event{SEP}" + event.plain + SEP + dates
    event["activity_key"] = _programme_key(event.code, event.year).where(event.code.notna(), own)

    wanted = ["source", "event_ref", "nip", "nip_problem", "sessions_attended", "sessions_total"]
    offline = inputs["attendance"].select(wanted).to_pandas()
    enough = offline.sessions_attended * 100 >= offline.sessions_total * 80
    offline = offline[offline.nip_problem.isna() & enough].merge(person, on="nip")
    columns = ["source", "event_ref", "activity_key", "form", "worth", "first_on", "last_on"]
    offline = offline.merge(event[columns], on=["source", "event_ref"])

    columns = ["learner_id", "activity_key", "form", "worth", "first_on", "last_on"]
    together = pd.concat([online[columns], offline[columns]], ignore_index=True)
    once = together.groupby(["learner_id", "activity_key"], sort=False).agg(
        form=("form", "min"), first_on=("first_on", "min"), last_on=("last_on", "max"), worth=("worth", "max")
    )
    once = once.reset_index()
    once["year"] = once.last_on.dt.year
    limit = once.form.map({16: 300, 22: 200}) * ((once.last_on - once.first_on).dt.days + 1)
    once["day_limit"] = limit
    capped = once[once.day_limit.notna()].sort_values(["learner_id", "form", "last_on", "activity_key"])
    own_jp = np.minimum(capped.worth, capped.day_limit)
    keys = [capped.learner_id, capped.form, capped.last_on]
    before = own_jp.groupby(keys, sort=False).cumsum() - own_jp
    capped = capped.assign(jp=np.clip(np.minimum(own_jp, capped.day_limit - before), 0, None))
    uncapped = once[once.day_limit.isna()].assign(jp=lambda f: f.worth)
    columns = ["learner_id", "activity_key", "year", "jp"]
    stood = frame["balance"][columns].assign(jp=lambda f: -f.jp)
    told = pd.concat([capped[columns], uncapped[columns], stood], ignore_index=True)
    found = told.groupby(["learner_id", "activity_key", "year"], sort=False).jp.sum().reset_index()
    return pa.Table.from_pandas(found[found.jp != 0], preserve_index=False)
