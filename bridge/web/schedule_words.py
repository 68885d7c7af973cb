"""When a job runs, as people say it: “setiap hari pukul 01.00” for `0 1 * * *`."""

from __future__ import annotations

import re

from bridge.wording import translate

DAYS = {
    "mon": "Senin", "tue": "Selasa", "wed": "Rabu", "thu": "Kamis", "fri": "Jumat", "sat": "Sabtu", "sun": "Minggu",
    "sen": "Senin", "sel": "Selasa", "rab": "Rabu", "kam": "Kamis", "jum": "Jumat", "sab": "Sabtu", "min": "Minggu",
}  # fmt: skip
DAILY = "setiap hari pukul {time}"
WEEKLY = "setiap {day} pukul {time}"
MONTHLY = "setiap tanggal {date} pukul {time}"
HOURLY = "setiap jam pada menit {minutes}"
EVERY_MINUTES = "setiap {minutes} menit"
SENTENCES = (DAILY, WEEKLY, MONTHLY, HOURLY, EVERY_MINUTES, *sorted(set(DAYS.values())))
_NUMBER = re.compile(r"\d{1,2}")
_LIST = re.compile(r"\d{1,2}(?:,\d{1,2})*")
_STEP = re.compile(r"\*/(\d{1,2})")


def schedule_words(cron: str, language: str) -> str:
    """Empty where there are no simple words for it: then the five fields stand for themselves."""
    minute, hour, date, month, day = ([*cron.lower().split(), *[""] * 5])[:5]

    def say(sentence: str, **places: str) -> str:
        return translate(sentence, language).format(**places)

    if month != "*":
        return ""
    if _NUMBER.fullmatch(minute) and _NUMBER.fullmatch(hour):
        time = f"{int(hour):02d}{'.' if language == 'id' else ':'}{int(minute):02d}"
        if (date, day) == ("*", "*"):
            return say(DAILY, time=time)
        if date == "*" and day in DAYS:
            return say(WEEKLY, day=say(DAYS[day]), time=time)
        if _NUMBER.fullmatch(date) and day == "*":
            return say(MONTHLY, date=date, time=time)
        return ""
    if (hour, date, day) != ("*", "*", "*"):
        return ""
    if _LIST.fullmatch(minute):
        return say(HOURLY, minutes=", ".join(minute.split(",")))
    step = _STEP.fullmatch(minute)
    return say(EVERY_MINUTES, minutes=step[1]) if step else ""
