"""`jpbridge adapter new NAME`: an adapter's files, with a contract test that fails until its map is written."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, StrictUndefined

from bridge.cli.app import Json, app
from bridge.cli.output import print_json, print_table, tell
from bridge.errors import RefuseInput

adapter_app = typer.Typer(no_args_is_help=True, help="Adaptor LMS, untuk pengembang. (LMS adapters.)")
app.add_typer(adapter_app, name="adapter")

NAME = re.compile(r"[a-z][a-z0-9_]{1,29}")
IMPORT = re.compile(r"^from (?:bridge|lms_adapters|tests)[\w.]* import (?:\([^)]*\)|[^(\n]*)\n", re.MULTILINE)
IMPORTS = re.compile(f"(?:{IMPORT.pattern})+", re.MULTILINE)
PLACES = {
    "__init__.py.jinja": "lms_adapters/{name}/__init__.py",
    "wire.py.jinja": "lms_adapters/{name}/wire.py",
    "client.py.jinja": "lms_adapters/{name}/client.py",
    "map.py.jinja": "lms_adapters/{name}/map.py",
    "adapter.py.jinja": "lms_adapters/{name}/adapter.py",
    "site.py.jinja": "tests/contract/{name}_site.py",
    "test.py.jinja": "tests/contract/test_{name}_contract.py",
    "page.md.jinja": "docs/adapters/{name}.md",
}


@adapter_app.callback()
def adapter_group() -> None:
    """Adaptor LMS, untuk pengembang. (LMS adapters, for developers.)"""


@adapter_app.command("new")
def adapter_new(
    name: Annotated[str, typer.Argument(help="Jenis sumber, misalnya chamilo.")],
    title: Annotated[str, typer.Option(help="Nama sistemnya, misalnya Chamilo 1.11.")] = "",
    folder: Annotated[Path, typer.Option(help="Folder kode sumber JP Bridge.")] = Path(),
    json: Json = False,
) -> None:
    """Buat kerangka adaptor dengan uji kontrak yang masih gagal. (Scaffold an adapter; its test fails.)"""
    written = scaffold(name, title or name.replace("_", " ").title(), folder)
    if json:
        print_json({"adapter": name, "files": [str(path) for path in written]})
        return
    print_table("Berkas baru", ["Berkas"], [(str(path),) for path in written])
    tell("Berikutnya:")
    tell("1. Tulis lms_adapters/{name}/map.py dan wire.py menurut sistemnya.", name=name)
    tell("2. Jalankan: pytest tests/contract/test_{name}_contract.py", name=name)
    tell(
        "3. Daftarkan jenisnya dalam FAR_ADAPTERS di bridge/bootstrap/adapters.py: lms_adapters.{name}",
        name=name,
    )
    tell("4. Isi docs/adapters/{name}.md dengan asal setiap kolom.", name=name)


def scaffold(name: str, title: str, folder: Path) -> list[Path]:
    """Write the files. Raises RefuseInput on a bad name, outside a checkout, or where a file is there."""
    if NAME.fullmatch(name) is None:
        raise RefuseInput(
            "ADAPTER-NAME",
            f"Nama adaptor {name!r} tidak dapat dipakai. Tulis huruf kecil, angka dan garis bawah.",
            f"The adapter's name {name!r} can't be used. Write small letters, digits and underscores.",
        )
    if not (folder / "lms_adapters" / "spec.py").is_file():
        raise RefuseInput(
            "ADAPTER-FOLDER",
            f"{folder.resolve()} bukan folder kode sumber JP Bridge. Pindah ke sana, atau beri --folder.",
            f"{folder.resolve()} is not a checkout of JP Bridge. Go there, or name it with --folder.",
        )
    targets = {template: folder / place.format(name=name) for template, place in PLACES.items()}
    there = [path for path in targets.values() if path.exists()]
    if there:
        raise RefuseInput(
            "ADAPTER-EXISTS",
            f"Berkas {there[0]} sudah ada; tidak ada yang ditulis. Pilih nama lain.",
            f"The file {there[0]} is there already; nothing was written. Choose another name.",
            where=str(there[0]),
        )
    class_name = "".join(part.capitalize() for part in name.split("_"))
    words = {"name": name, "title": title, "class": class_name, "code": name.upper().replace("_", "-")}
    # Code, not pages: nothing is to be escaped, and an unknown place is an error.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    templates = files("bridge") / "data" / "scaffold"
    for template, path in targets.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = environment.from_string((templates / template).read_text("utf-8")).render(words)
        path.write_text(with_sorted_imports(text) if path.suffix == ".py" else text, "utf-8")
    return list(targets.values())


def with_sorted_imports(text: str) -> str:
    """The project's own imports in the order that the lint wants, which depends on the adapter's name."""

    def sorted_block(found: re.Match[str]) -> str:
        lines = [_with_sorted_names(line) for line in IMPORT.findall(found.group())]
        return "".join(sorted(lines, key=lambda line: line.split(" import ")[0]))

    return IMPORTS.sub(sorted_block, text)


def _with_sorted_names(line: str) -> str:
    """The names of a one-line import as isort orders them: constants, classes, functions."""
    module, _, names = line.rstrip("\n").partition(" import ")
    if names.startswith("("):
        return line

    def place(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

    return f"{module} import {', '.join(sorted(names.split(', '), key=place))}\n"
