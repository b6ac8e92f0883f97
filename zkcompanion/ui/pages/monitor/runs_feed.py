"""Runs of proofs for what is drawn over time: those that go on from memory, those that are over from the disk."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from zkcompanion.app.monitor_views import JobSpanView
from zkcompanion.base.errors import CompanionError
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import Task, run_task

#: Runs that are over and known without asking the disk again.
_MOST_OVER = 60
#: And of those that the disk tells.
_MOST_KEPT = 500
#: No picture is so many pixels wide; what is narrower than one of them is not asked for.
_WIDEST = 4096


class RunsFeed(QObject):
    """`changed` is called in the GUI thread when the disk has answered."""

    def __init__(self, context: WindowContext, parent: QObject, changed: Callable[[], None]) -> None:
        super().__init__(parent)
        self._context = context
        self._changed = changed
        self._kept: tuple[JobSpanView, ...] = ()
        self._over: dict[int, JobSpanView] = {}
        self._live: dict[int, JobSpanView] = {}
        self._asked: Task | None = None
        self._failed_once = False
        self._finest_s = 0.0

    def read(self, begin_unix_s: float, end_unix_s: float) -> None:
        """Ask the disk for what is over; nothing where it is asked already."""
        if self._asked is not None:
            return
        runs = self._context.desk.runs
        finest_s = self._finest_s = (end_unix_s - begin_unix_s) / _WIDEST
        self._asked = run_task(
            self, lambda: runs.between(begin_unix_s, end_unix_s, finest_s=finest_s), self._came, self._went_wrong
        )

    def now(self) -> tuple[JobSpanView, ...]:
        """All that is known, oldest first; quick."""
        live = {run.job: run for run in self._context.desk.runs.live(finest_s=self._finest_s)}
        end_unix_s = self._context.desk.clock.unix_s()
        for job, run in self._live.items():
            if job not in live:
                self._over[job] = _ended(run, end_unix_s)
        while len(self._over) > _MOST_OVER:
            del self._over[next(iter(self._over))]
        self._live = live
        known = {run.job: run for run in (*self._over.values(), *self._kept, *live.values())}
        return tuple(sorted(known.values(), key=lambda run: run.submitted_unix_s))

    def close(self) -> None:
        """Ask no more."""
        if self._asked is not None:
            self._asked.drop()
            self._asked = None

    @Slot(object)
    def _came(self, runs: tuple[JobSpanView, ...]) -> None:
        self._asked = None
        self._kept = tuple(run for run in runs if run.end_unix_s is not None)[-_MOST_KEPT:]
        for run in self._kept:
            self._over.pop(run.job, None)
        self._changed()

    @Slot(object)
    def _went_wrong(self, error: CompanionError) -> None:
        self._asked = None
        # once is enough: it is asked again every few seconds
        if not self._failed_once:
            self._failed_once = True
            self._context.shell.show_error(error)


def _ended(run: JobSpanView, end_unix_s: float) -> JobSpanView:
    """A run that goes on no more, until the disk tells how it ended."""
    last = max((phase.end_unix_s for phase in run.phases), default=end_unix_s)
    return JobSpanView(
        run.job,
        run.title,
        run.worker,
        run.submitted_unix_s,
        run.begin_unix_s,
        last,
        "done",
        run.proofs,
        run.deaths,
        run.phases,
    )
