"""Schema migrations, forward only, run by the product itself (Alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from bridge.errors import StopRun

if TYPE_CHECKING:  # Alembic only where something is upgraded: every command asks which schema there is
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def known_revisions() -> list[str]:
    """The revisions of this version, oldest first: the files' names begin with them, in the chain's order."""
    names = sorted(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
    return [name.partition("_")[0] for name in names]


def newest_revision() -> str:
    """The revision that this version of the software knows."""
    return known_revisions()[-1]


def current_revision(engine: Engine) -> str | None:
    """The revision of the database, None where it is empty."""
    with engine.connect().execution_options(reading=True) as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return revision


def refuse_newer(engine: Engine) -> str | None:
    """The revision of the database, None where it is empty. Raises StopRun where this version does not know it."""
    current = current_revision(engine)
    known = known_revisions()
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
    from alembic import command

    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
