"""Entry point. Nothing but a sentence reaches a user: the traceback of a surprise goes to a file."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import UTC, datetime

import stamina.instrumentation
import typer
from typer.exceptions import TyperException

from bridge.cli.app import jpbridge, take_tenant
from bridge.cli.output import errors, print_error, say
from bridge.errors import BridgeError, StopRun
from bridge.log_lines import configure_logging
from scheduler.child import LEASH

__all__ = ["jpbridge", "main"]


def _surprise(error: BaseException) -> StopRun:
    """Keep the traceback in a file and say where it is."""
    from bridge.config import home_folder

    folder = home_folder() / "log"
    path = folder / f"kesalahan-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text("".join(traceback.format_exception(error)), "utf-8")
        kept = str(path)
    except OSError:
        kept = "-"
    return StopRun(
        "UNEXPECTED",
        f"Terjadi kesalahan yang tidak terduga ({type(error).__name__}). Tidak ada yang tersimpan setengah. "
        f"Rinciannya di {kept}; jalankan jpbridge doctor, lalu kirim berkas itu kepada kami.",
        f"Something unexpected happened ({type(error).__name__}). Nothing was half-written. "
        f"Details are in {kept}; run jpbridge doctor, then send us that file.",
    )


def _note_retry(details: stamina.instrumentation.RetryDetails) -> None:
    """A retry is no trouble yet: one quiet line, the error itself only if the last try fails too."""
    errors().print(
        say("Belum berhasil; mencoba lagi dalam {n} detik …", n=round(details.wait_for)), style="dim"
    )


def _wrong_words(error: TyperException) -> None:
    """An unknown command or option, or a value that doesn't fit; a group without a command shows its help."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "jpbridge"
    missing = getattr(error, "param", None)
    if error.message:
        what = error.format_message().rstrip(".") + "."
    elif missing is not None:  # what is required and not there has a place and no message of its own
        what = say("{place} belum diisi.", place=" / ".join(missing.opts) if missing.opts else missing.name)
    else:
        return
    words = say("Perintah tidak tepat: {what} Lihat: {command} --help", what=what, command=command)
    errors().print(words, markup=False, highlight=False)


def main() -> None:
    """Run the command line and exit with a documented code (see bridge.cli.output)."""
    # Standard output belongs to the answer (`--json`); what is logged goes to standard error.
    sys.argv[1:] = take_tenant(sys.argv[1:])
    configure_logging(service=LEASH in os.environ or bool({"serve", "scheduler"} & set(sys.argv[1:2])))
    stamina.instrumentation.set_on_retry_hooks([_note_retry])
    try:
        code = jpbridge(standalone_mode=False)
    except BridgeError as error:
        print_error(error)
        code = error.exit_code
    except typer.Exit as stop:
        code = stop.exit_code
    except TyperException as error:
        _wrong_words(error)
        code = error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("\n")
        code = 130
    except BrokenPipeError:  # the reader of a pipe has gone: that is its right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        surprise = _surprise(error)
        print_error(surprise)
        code = surprise.exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
