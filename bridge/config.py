"""Settings: `jpbridge.toml` in JPBRIDGE_HOME, overridden by the environment. Secrets are never settings:
a setting names where a secret is (`env:NAME` or `file:PATH`), and this file resolves it at the moment of use.
"""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bridge.domain.clock import WIT
from bridge.errors import RefuseInput

CONFIG_NAME = "jpbridge.toml"


class Settings(BaseModel):
    """Every setting with its default; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str = Field("utama", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    office_name: str = "Kantor kepegawaian"
    zone: str = WIT
    language: Literal["id", "en"] = "id"
    database_url: str = ""  # empty: SQLite in the home folder
    lrs_database_url: str = ""  # empty: beside the operational store
    nightly: str = Field("01:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    activity_base: str = "https://jpbridge.invalid"  # the IRI under which our activities are named
    agent_home_page: str = "https://siasn.bkn.go.id"  # homePage of the actor's account; its name is the NIP
    withdraw_limit_percent: int = Field(10, ge=0, le=100)
    approval_jp: Decimal = Field(Decimal(20), ge=0, le=2000)  # above it an override needs a second person
    public_url: str = ""  # where people reach the console; alerts link there, its certificate is watched
    alerts: str = "file:alerts"  # a secret's name: the file holds one apprise URL a line
    heartbeat: str = ""  # a secret's name: the URL that is asked after every good night (dead man's switch)
    stale_days: int = Field(3, ge=1, le=60)  # so long a source may be silent
    disk_free_mb: int = Field(1000, ge=1)
    expiry_days: int = Field(21, ge=1, le=365)  # so long before a certificate or token ends it is told
    backup_folder: str = ""  # empty: the folder `backups` in the home folder
    backup_key: str = ""  # a secret's name: a passphrase of 20 characters or more; empty: not encrypted
    backup_keep: int = Field(14, ge=1, le=3650)  # so many of the newest, and one of each of twelve months
    keep_run_days: int = Field(800, ge=30)  # records of runs and ticks; evidence and ledger are kept for ever
    lrs_keep_traces_days: int = Field(
        0, ge=0
    )  # statements that prove nothing (played, paused, …); 0: for ever
    lrs_keep_state_days: int = Field(0, ge=0)  # states of content since they were last written; 0: for ever
    otel: bool = False  # spans by OTLP; OTEL_EXPORTER_OTLP_ENDPOINT says where to (needs jpbridge[otel])
    metrics_token: str = ""  # a secret's name: a bearer token for /metrics from other machines

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"the time zone {value!r} does not exist") from error
        return value


def home_folder() -> Path:
    """JPBRIDGE_HOME, else ~/.jpbridge."""
    return Path(os.environ.get("JPBRIDGE_HOME") or Path.home() / ".jpbridge").expanduser().resolve()


def _from_environment() -> dict[str, Any]:
    """JPBRIDGE_<SETTING>; JPBRIDGE_HOME and JPBRIDGE_TEST_* are not settings, and JPBRIDGE_TENANT chooses among
    the tenants of an installation (`chosen_tenant`)."""
    found = {}
    for name in Settings.model_fields.keys() - {"tenant"}:
        value = os.environ.get(f"JPBRIDGE_{name.upper()}")
        if value is not None:
            found[name] = value
    return found


def chosen_tenant() -> str:
    """JPBRIDGE_TENANT (or `--tenant`), empty for the installation's main tenant."""
    return os.environ.get("JPBRIDGE_TENANT", "").strip()


def load_settings(home: Path) -> Settings:
    """File, then environment. Raises RefuseInput that names the file, the setting and what is wrong."""
    path = home / CONFIG_NAME
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RefuseInput(
                "CONFIG-UNREADABLE",
                f"Berkas pengaturan bukan TOML yang benar: {error}. Perbaiki baris itu.",
                f"The configuration file is not valid TOML: {error}. Mend that line.",
                where=str(path),
            ) from error
    try:
        return Settings(**(values | _from_environment()))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if name == "zone":
            raise RefuseInput(
                "CONFIG-INVALID",
                f"Zona waktu {first['input']!r} tidak ada. Tulis misalnya Asia/Jayapura (WIT), Asia/Makassar (WITA) "
                f"atau Asia/Jakarta (WIB) di {path} atau di JPBRIDGE_ZONE.",
                f"There is no time zone {first['input']!r}. Write for example Asia/Jayapura, Asia/Makassar or "
                f"Asia/Jakarta in {path} or in JPBRIDGE_ZONE.",
                where=name,
            ) from error
        raise RefuseInput(
            "CONFIG-INVALID",
            f"Pengaturan {name!r} tidak benar: {first['msg']}. Perbaiki di {path} atau di lingkungan.",
            f"The setting {name!r} is wrong: {first['msg']}. Mend it in {path} or in the environment.",
            where=name,
        ) from error


def resolve_secret(reference: str, home: Path) -> str:
    """`env:NAME` or `file:PATH` (relative to the home's folder `secrets`). Raises RefuseInput where there is
    none, or where the file can be read by others."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name, "")
        if not value:
            raise RefuseInput(
                "SECRET-MISSING",
                f"Variabel lingkungan {name} kosong. Isi dengan token, lalu coba lagi.",
                f"The environment variable {name} is empty. Put the token there, then try again.",
                where=reference,
            )
        return value
    path = home / "secrets" / name
    if kind != "file" or not path.exists():
        raise RefuseInput(
            "SECRET-MISSING",
            f"Berkas rahasia {path} tidak ada. Tambahkan lagi dengan: jpbridge source add.",
            f"The secret file {path} is missing. Add it again with: jpbridge source add.",
            where=reference,
        )
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RefuseInput(
            "SECRET-EXPOSED",
            f"Berkas rahasia {path} bisa dibaca orang lain. Jalankan: chmod 600 {path}",
            f"The secret file {path} can be read by others. Run: chmod 600 {path}",
            where=reference,
        )
    return path.read_text("utf-8").strip()


def write_secret(name: str, value: str, home: Path) -> str:
    """Write a secret to a file that only its owner can read. Returns its reference."""
    folder = home / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(value)
    return f"file:{name}"


def kept_secret(name: str, home: Path) -> str:
    """A random secret of the installation, made at first use."""
    path = home / "secrets" / name
    if not path.exists():
        write_secret(name, secrets.token_urlsafe(48), home)
    return resolve_secret(f"file:{name}", home)
