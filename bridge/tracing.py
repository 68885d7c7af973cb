"""OpenTelemetry, where an office asks for it (`otel = true`): a span for each run and its stages, each pull of a
source, each request to the console and to the record store. Off, nothing of it is even imported.

What a span carries is named here by its callers: routes as they are declared (`/pegawai/{learner_id}`), never the
address that was asked; codes of errors, never their words. Every text is masked as a log line is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bridge.errors import RefuseInput
from bridge.log_lines import masked

Value = str | bool | int | float
SERVICE = "jpbridge"


@dataclass(slots=True)
class _Tracing:
    """`provider` and `tracer` are OpenTelemetry's, None while it is off."""

    provider: Any = None
    tracer: Any = None


_tracing = _Tracing()


class OpenSpan:
    """A span that goes on. Without tracing it does nothing."""

    __slots__ = ("_span",)

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def note(self, **facts: Value) -> None:
        """Attributes, named `jpbridge.<fact>`; those of OpenTelemetry's conventions are given with `http_`."""
        if self._span is not None:
            for name, value in facts.items():
                self._span.set_attribute(_attribute(name), masked(value) if isinstance(value, str) else value)

    def fail(self, code: str) -> None:
        """What went wrong, by its code."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, masked(code)))

    def end(self) -> None:
        if self._span is not None:
            self._span.end()
            self._span = None


_CONVENTIONS = {
    "http_method": "http.request.method",
    "http_route": "http.route",
    "http_status": "http.response.status_code",
}
"""OpenTelemetry semantic conventions 1.38, HTTP spans."""


def _attribute(name: str) -> str:
    return _CONVENTIONS.get(name, f"jpbridge.{name}")


def begin_span(name: str, **facts: Value) -> OpenSpan:
    """A span that its caller ends; a child of the one that is current."""
    if _tracing.tracer is None:
        return OpenSpan()
    opened = OpenSpan(_tracing.tracer.start_span(masked(name)))
    opened.note(**facts)
    return opened


@contextmanager
def span(name: str, **facts: Value) -> Iterator[OpenSpan]:
    """The current span while the block runs. What goes through it is noted by its kind, not by its words: a message
    may name a person."""
    if _tracing.tracer is None:
        yield OpenSpan()
        return
    with _tracing.tracer.start_as_current_span(
        masked(name), record_exception=False, set_status_on_exception=False
    ) as current:
        opened = OpenSpan(current)
        opened.note(**facts)
        try:
            yield opened
        except BaseException as error:
            opened.fail(str(getattr(error, "code", type(error).__name__)))
            raise


def begin_tracing(version: str, exporter: Any = None) -> None:
    """Trace from here on. Without an exporter by OTLP over HTTP to where the `OTEL_EXPORTER_OTLP_…` variables say
    (http://localhost:4318 where they say nothing). Raises RefuseInput where the extra is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise RefuseInput(
            "OTEL-MISSING",
            "Pengaturan otel = true memerlukan paket tambahan. Jalankan: pip install 'jpbridge[otel]'",
            "The setting otel = true needs more packages. Run: pip install 'jpbridge[otel]'",
            where="otel",
        ) from error
    end_tracing()
    resource = Resource.create({"service.name": SERVICE, "service.version": version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter()) if exporter is None else SimpleSpanProcessor(exporter)
    )
    _tracing.provider, _tracing.tracer = provider, provider.get_tracer(SERVICE, version)


def end_tracing() -> None:
    """Send what waits and stop; again is no error."""
    if _tracing.provider is not None:
        _tracing.provider.shutdown()
    _tracing.provider = _tracing.tracer = None
