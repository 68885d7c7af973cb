"""Schema migrations, forward only, run by the product itself (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from bridge.errors import StopRun


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def newest_revision() -> str:
    """The revision that this version of the software knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current_revision(engine: Engine) -> str | None:
    """The revision of the database, None where it is empty."""
    with engine.connect().execution_options(reading=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(engine: Engine) -> str | None:
    """The revision of the database, None where it is empty. Raises StopRun where this version does not know it."""
    current = current_revision(engine)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise StopRun(
            "SCHEMA-NEWER",
            f"Basis data ini dibuat oleh versi JP Bridge yang lebih baru (skema {current}). "
            "Pasang versi terbaru, atau pulihkan cadangan sebelum pembaruan.",
            f"This database was made by a newer JP Bridge (schema {current}). "
            "Install the newest version, or restore the backup made before the upgrade.",
            where=engine.url.render_as_string(hide_password=True),
        )
    return current


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction. Raises StopRun on a newer schema."""
    if refuse_newer(engine) == newest_revision():
        return
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
