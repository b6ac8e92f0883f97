"""`monitor report`: what was measured and proved in a stretch of time, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, moment, one_of, whole_number

if TYPE_CHECKING:
    from concurrent.futures import Future

    from zkcompanion.app.application import Application
    from zkcompanion.app.report_service import ReportService
    from zkcompanion.app.report_views import FormName, ReportMade
    from zkcompanion.app.timing import RecordingTrace

_SCHEMA = "urn:zkcompanion:schema:monitor-report:1"
_KINDS = ("performance", "memory")
_FORMS: tuple[FormName, ...] = ("html", "pdf", "md", "csv", "json")
_USUAL_DAYS, _MOST_DAYS = 7, 731
#: How often a report that is being made is asked whether it should stop.
_LOOK_S = 0.1


def report(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Write a report."""
    from zkcompanion.app.report_reading import StoredSources
    from zkcompanion.app.report_service import ReportService
    from zkcompanion.app.report_views import ReportOrder
    from zkcompanion.base.catalogue import preferred_languages
    from zkcompanion.base.events import EventBus

    begin_unix_s, end_unix_s = _period(arguments, app.clock.unix_s())
    forms = _forms(arguments.text("format") or "html")
    folder = Path(arguments.text("out") or ".")
    kind = next(one for one in _KINDS if one == (arguments.text("kind") or _KINDS[0]))
    order = ReportOrder("memory" if kind == "memory" else "performance", begin_unix_s, end_unix_s, forms, folder)
    with StoredSources(app.dirs, app.clock) as stored:
        languages = preferred_languages("")
        service = ReportService(
            app.dirs, EventBus(), app.clock, stored.sources(), app.outputs, languages=lambda: languages
        )
        try:
            number, future = service.order(order)
            made = _wait(service, number, future, trace)
        finally:
            service.close()
    data = {
        "kind": order.kind,
        "begin_unix_s": begin_unix_s,
        "end_unix_s": end_unix_s,
        "files": [{"form": form, "path": str(path)} for form, path in zip(forms, made.files, strict=True)],
        "size_bytes": made.size_bytes,
        "seconds": made.seconds,
    }
    lines = [Message("{path}", {"path": path}) for path in made.files]
    written = msg("{size} in {seconds}", size=format_size(made.size_bytes), seconds=format_duration(made.seconds))
    return Outcome(_SCHEMA, data, tuple(lines), notes=(written,))


def _wait(service: ReportService, number: int, future: Future[ReportMade], trace: RecordingTrace) -> ReportMade:
    while True:
        try:
            trace.check()
            return future.result(_LOOK_S)
        except TimeoutError:
            continue
        except BaseException:
            service.cancel(number)
            raise


def _period(arguments: Arguments, now_unix_s: float) -> tuple[float, float]:
    begin, end = arguments.options.get("from"), arguments.options.get("to")
    if arguments.options.get("days") is not None and (begin is not None or end is not None):
        raise UsageError(msg("Take either --days or --from and --to."))
    end_unix_s = end if isinstance(end, float) else now_unix_s
    if isinstance(begin, float):
        return begin, end_unix_s
    return end_unix_s - 86400.0 * arguments.number("days", _USUAL_DAYS), end_unix_s


def _forms(text: str) -> tuple[FormName, ...]:
    wanted = [one.strip() for one in text.split(",")]
    found = tuple(form for form in _FORMS if form in wanted)
    if len(found) != len(wanted):
        raise UsageError(msg("--format takes some of {forms}, each once.", forms=",".join(_FORMS)))
    return found


COMMANDS = (
    Command(
        ("monitor", "report"),
        msg("Write what was measured and proved in a stretch of time as a report."),
        report,
        options=(
            Option(("--kind",), msg("what it is about: performance or memory"), "KIND", one_of(*_KINDS)),
            Option(
                ("--days",), msg("the last so many days; 7 where nothing is said"), "N", whole_number(1, _MOST_DAYS)
            ),
            Option(("--from",), msg("from this date on"), "DATE", moment),
            Option(("--to",), msg("until this date; now where it is left out"), "DATE", moment),
            Option(("--format",), msg("some of html,pdf,md,csv,json; html where nothing is said"), "LIST"),
            Option(("--out",), msg("the folder for the files; nothing in it is replaced"), "DIR"),
        ),
    ),
)
