"""Reports on demand: gathers what was measured, has it drawn in a process of its own, writes whole files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.machine import look_at_machine
from zkcompanion.app.monitor_views import AlertView, CurveView, MarkView
from zkcompanion.app.outputs import Outputs
from zkcompanion.app.report_memory import memory_report
from zkcompanion.app.report_parts import POINTS, Material, ObjectiveRow
from zkcompanion.app.report_performance import performance_report
from zkcompanion.app.report_predictions import predictions
from zkcompanion.app.report_press import Press
from zkcompanion.app.report_shelf import ReportShelf
from zkcompanion.app.report_views import (
    FORM_TITLES,
    FormName,
    KeptReport,
    ReportKind,
    ReportMade,
    ReportOrder,
    ReportProgress,
    ReportsChanged,
)
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import Cancelled, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.runs import RunRecord
from zkcompanion.reports.document import Document
from zkcompanion.reports.forms import FORMS

#: Series of each kind of report without a label, and metrics whose labelled series it takes.
_SERIES: dict[ReportKind, tuple[str, ...]] = {
    "performance": (
        "machine.processor",
        "machine.temperature",
        "machine.frequency",
        "machine.stolen",
        "machine.memory",
        "machine.memory_free",
        "machine.swap",
        "engine.running",
        "engine.waiting",
        "proofs.verified",
        "proofs.seconds",
        "cache.hits",
        "cache.misses",
        "window.latency",
    ),
    "memory": (
        "machine.memory",
        "machine.memory_free",
        "machine.memory_waits",
        "machine.swap",
    ),
}
_LABELLED: dict[ReportKind, tuple[str, ...]] = {"performance": (), "memory": ("memory.component", "worker.memory")}
_PICTURES: frozenset[FormName] = frozenset({"html", "pdf"})
_BUILD: dict[ReportKind, Callable[[Material, float, float], Document]] = {
    "performance": performance_report,
    "memory": memory_report,
}
#: A report is about two years at the most, which is what the monitor keeps.
MOST_SECONDS = 2 * 366 * 86400.0
#: The year 9990: what is drawn beyond the end of a period has dates too.
LAST_UNIX_S = 253086768000.0
#: Numbers tried for a name that is free.
_MOST_NUMBERS = 10_000


@dataclass(frozen=True, slots=True)
class ReportSources:
    """Whom to ask; None: there is no such service. Each may read the disk."""

    curves: Callable[[Sequence[str], float, float, int], tuple[CurveView, ...]]
    series: Callable[[], Sequence[str]]
    marks: Callable[[float, float], tuple[MarkView, ...]]
    records: Callable[[], tuple[RunRecord, ...]]
    history: Callable[[], tuple[ProofRecord, ...]]
    alerts: Callable[[float, float], tuple[AlertView, ...]] | None = None
    objectives: Callable[[], tuple[ObjectiveRow, ...]] | None = None


class ReportService:
    """Makes one report after the other; safe to call from any thread. `languages`: the reader's, asked for each.

    Events: `ReportProgress` while one is made, `ReportsChanged` when what is kept is another.
    """

    def __init__(
        self,
        dirs: AppDirs,
        bus: EventBus,
        clock: Clock,
        sources: ReportSources,
        outputs: Outputs,
        *,
        languages: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._dirs = dirs
        self._bus = bus
        self._clock = clock
        self._sources = sources
        self._outputs = outputs
        self._languages = languages
        self.shelf = ReportShelf(dirs)
        self._lock = threading.Lock()
        self._next = 1
        self._presses: dict[int, Press | None] = {}
        self._cancelled: set[int] = set()
        self._closed = False
        #: what another process keeps is not ours to settle
        self._keeps = False
        # orders wait for each other: one report takes a processor and 150 MB
        self._work = ThreadPoolExecutor(1, thread_name_prefix="reports")

    def order(self, order: ReportOrder) -> tuple[int, Future[ReportMade]]:
        """Have a report made: its number, by which `ReportProgress` and `cancel` know it, and its end.

        Raises: UsageError for a period or forms that make no report. The future: Cancelled, ResourceError, FileError.
        """
        require_period(order.begin_unix_s, order.end_unix_s)
        if not order.forms or len(set(order.forms)) != len(order.forms):
            raise UsageError(msg("Choose at least one form, each once."))
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._presses[number] = None
        begun_s = self._clock.monotonic_s()
        try:
            return number, self._work.submit(self._make, number, order, begun_s)
        except RuntimeError:  # closed
            raise Cancelled from None

    def cancel(self, number: int) -> None:
        """Stop making a report; nothing where it is over. No file of it stays."""
        with self._lock:
            if number in self._presses:
                self._cancelled.add(number)
                press = self._presses[number]
                if press is not None:
                    press.cancel()

    def kept(self) -> tuple[KeptReport, ...]:
        """Reports among the program's data, the last made first; reads the disk."""
        return self.shelf.reports()

    def remove(self, report: str) -> None:
        """Take a kept report away; `restore` puts it back until this ends."""
        self._keeps = True
        self.shelf.remove(report)
        self._bus.publish(ReportsChanged())

    def restore(self, report: str) -> None:
        """Put a removed report back."""
        self.shelf.restore(report)
        self._bus.publish(ReportsChanged())

    def close(self) -> None:
        """Stop what is made, and remove for good what was removed; idempotent."""
        with self._lock:
            already, self._closed = self._closed, True
            numbers = list(self._presses)
        for number in numbers:
            self.cancel(number)
        self._work.shutdown()  # what waits finds that it is cancelled
        if not already and self._keeps:
            self.shelf.settle()

    # -- in the service's thread

    def _make(self, number: int, order: ReportOrder, begun_s: float) -> ReportMade:
        try:
            return self._made(number, order, begun_s)
        finally:
            with self._lock:
                del self._presses[number]
                self._cancelled.discard(number)

    def _made(self, number: int, order: ReportOrder, begun_s: float) -> ReportMade:
        steps = len(order.forms) + 2

        def tell(step: Message, done: int) -> None:
            self._bus.publish(ReportProgress(number, step, done, steps))

        def drawn(done: int) -> None:
            if done < len(order.forms):
                tell(msg("Making: {form}", form=FORM_TITLES[order.forms[done]]), done + 1)

        self._check(number)
        tell(msg("Reading what was measured"), 0)
        languages = tuple(self._languages())
        with Press(self._dirs, self._clock, pictures=not _PICTURES.isdisjoint(order.forms)) as press:
            with self._lock:
                self._presses[number] = press
            document = self.document(order.kind, order.begin_unix_s, order.end_unix_s)
            self._check(number)
            drawn(0)
            files = press.render(document, order.forms, languages, drawn)
            tell(msg("Writing the files"), steps - 1)
            self._check(number)
            data = dict(zip(order.forms, files, strict=True))
            made_unix_s = document.provenance.made_unix_s
            if order.folder is None:
                self._keeps = True
                kept = self.shelf.put(_name(order, made_unix_s), order, made_unix_s, stem_of(order), data)
                paths = tuple(path for _, path in kept.files)
            else:
                kept, paths = None, self._write(order.folder, stem_of(order), data)
            seconds = self._clock.monotonic_s() - begun_s
        if kept is not None:
            self._bus.publish(ReportsChanged(kept if order.scheduled else None))
        size_bytes = sum(map(len, files))
        return ReportMade(order, paths, size_bytes, seconds, "" if kept is None else kept.id)

    def document(self, kind: ReportKind, begin_unix_s: float, end_unix_s: float) -> Document:
        """What a report says, from what the services know now; reads the disk."""
        ask = self._sources
        names = [*_SERIES[kind]]
        if _LABELLED[kind]:
            known = ask.series()
            names += [name for name in known if name.partition("/")[0] in _LABELLED[kind]]
        curves = ask.curves(names, begin_unix_s, end_unix_s, POINTS)
        history = tuple(one for one in ask.history() if begin_unix_s <= one.unix_s <= end_unix_s)
        material = Material(
            {one.series: one for one in curves},
            look_at_machine(),
            self._clock.unix_s(),
            marks=ask.marks(begin_unix_s, end_unix_s),
            records=ask.records() if kind == "performance" else (),
            history=history,
            alerts=None if ask.alerts is None else ask.alerts(begin_unix_s, end_unix_s),
            objectives=None if ask.objectives is None else ask.objectives(),
            predicted=predictions(history) if kind == "memory" else {},
        )
        return _BUILD[kind](material, begin_unix_s, end_unix_s)

    def _check(self, number: int) -> None:
        with self._lock:
            if number in self._cancelled or self._closed:
                raise Cancelled

    def _write(self, folder: Path, stem: str, files: dict[FormName, bytes]) -> tuple[Path, ...]:
        """Into a folder of the user's, under names that nothing has; private, since they name circuits."""
        paths = {form: folder / f"{free_stem(folder, stem)}{FORMS[form].suffix}" for form in files}
        written: list[Path] = []
        with self._outputs.writing(*paths.values()):
            try:
                for form, path in paths.items():
                    write_atomic(path, files[form], mode=0o600, follow_links=False)
                    written.append(path)
            except BaseException:  # all forms or none
                for path in written:
                    path.unlink(missing_ok=True)
                raise
        return tuple(paths.values())


def require_period(begin_unix_s: float, end_unix_s: float) -> None:
    """Raises: UsageError where a report cannot be about this."""
    if not begin_unix_s < end_unix_s:
        raise UsageError(msg("The period ends before it begins."))
    if end_unix_s - begin_unix_s > MOST_SECONDS:
        raise UsageError(msg("The period is longer than two years, which is what is kept."))
    if begin_unix_s < 0 or end_unix_s >= LAST_UNIX_S:
        raise UsageError(msg("The period is not between 1970 and 9990."))


def stem_of(order: ReportOrder) -> str:
    """The name of its files without what tells their form."""
    begin, end = (
        f"{datetime.fromtimestamp(one, UTC).astimezone():%Y-%m-%d}" for one in (order.begin_unix_s, order.end_unix_s)
    )
    return f"zkcompanion-{order.kind}-{begin}-to-{end}"


def free_stem(folder: Path, stem: str) -> str:
    """`stem`, or that with the first number for which `folder` has no file of any form."""
    for number in range(1, _MOST_NUMBERS):
        name = stem if number == 1 else f"{stem}-{number}"
        if not any(
            (folder / f"{name}{form.suffix}").is_symlink() or (folder / f"{name}{form.suffix}").exists()
            for form in FORMS.values()
        ):
            return name
    raise UsageError(msg("There are too many reports of this name in the folder."))


def _name(order: ReportOrder, made_unix_s: float) -> str:
    if order.scheduled:
        return f"scheduled-{order.scheduled.replace(' ', '-').lower()}-{order.kind}"
    return f"{datetime.fromtimestamp(made_unix_s, UTC):%Y%m%d-%H%M%S}-{order.kind}"
