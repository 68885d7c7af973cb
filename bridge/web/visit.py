"""A visit: one request to one page, with who asks, in which language, and what the form said."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bridge.domain.clock import day_in_zone
from bridge.errors import RefuseInput
from bridge.reports.formats import html_table
from bridge.reports.report import Filled, Reading
from bridge.store.console import Account, Role, TenantFacts
from bridge.web.context import WebContext
from bridge.web.rendering import environment
from bridge.web.session import FORM_COOKIE, Session, form_token, set_cookie
from bridge.wording import LANGUAGES, translate


@dataclass(slots=True)
class Visit:
    """`facts` are the tenant's name and zone; `form` is empty on a GET."""

    context: WebContext
    request: Request
    language: str
    facts: TenantFacts
    session: Session | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    _form_nonce: str = ""

    @property
    def account(self) -> Account:
        """Only on pages that ask for a role."""
        if self.session is None:
            raise RuntimeError("this page is public: nobody is signed in")
        return self.session.account

    @property
    def now(self) -> datetime:
        return self.context.clock()

    @property
    def reading(self) -> Reading:
        return Reading(self.language, self.facts.zone)

    @property
    def root(self) -> str:
        return str(self.request.scope.get("root_path", ""))

    @property
    def this_year(self) -> int:
        return day_in_zone(self.now, self.facts.zone).year

    @contextmanager
    def store(self) -> Iterator[Connection]:
        """A reading transaction."""
        with self.context.engine.connect() as connection:
            yield connection.execution_options(reading=True)

    def part(self, name: str) -> Any:
        return self.request.path_params[name]

    def asked(self, name: str) -> str:
        """A query parameter without surrounding spaces, bounded: a search is not a letter."""
        return self.request.query_params.get(name, "").strip()[:200]

    def whole_number(self, name: str) -> int | None:
        text = self.asked(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise RefuseInput(
                "WEB-NUMBER",
                f"Isian “{name}” harus angka bulat, bukan “{text}”. Perbaiki lalu coba lagi.",
                f"“{name}” takes a whole number, not “{text}”. Mend it and try again.",
            )
        return int(text)

    def year(self) -> int:
        year = self.whole_number("tahun")
        if year is None:
            return self.this_year
        if not 1990 <= year <= 2200:
            raise RefuseInput(
                "WEB-YEAR",
                f"Tahun {year} tidak masuk akal. Pilih tahun antara 1990 dan 2200.",
                f"The year {year} makes no sense. Choose one between 1990 and 2200.",
            )
        return year

    def say(self, sentence: str, **places: object) -> str:
        words = translate(sentence, self.language)
        return words.format(**places) if places else words

    def table(self, filled: Filled) -> Markup:
        return html_table(filled, self.reading, self.root)

    def page(self, template: str, status: int = 200, **words: Any) -> Response:
        """The template with everything that every page needs."""
        nonce = self._nonce()
        body = (
            environment()
            .get_template(template)
            .render(
                visit=self,
                _=self.say,
                root=self.root,
                role=self.session.account.role if self.session else None,
                roles=Role,
                languages=LANGUAGES,
                here=quote(self.request.url.path.removeprefix(self.root) or "/")
                + (f"?{self.request.url.query}" if self.request.url.query else ""),
                csrf=form_token(self.context, nonce),
                **words,
            )
        )
        response = HTMLResponse(body, status)
        if self.session is None and self._form_nonce:
            set_cookie(
                self.context, self.request, response, FORM_COOKIE, self._form_nonce, timedelta(hours=2)
            )
        return response

    def _nonce(self) -> str:
        if self.session is not None:
            return self.session.nonce
        kept = self.request.cookies.get(FORM_COOKIE, "")
        self._form_nonce = kept if len(kept) == 32 else secrets.token_hex(16)
        return self._form_nonce

    def go(self, path: str) -> RedirectResponse:
        """To another page of ours, by GET."""
        return RedirectResponse(self.root + path, status_code=303)
