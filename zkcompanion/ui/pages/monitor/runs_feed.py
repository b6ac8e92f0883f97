"""Runs of proofs for what is drawn over time: those that go on from memory, those that are over from the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Slot

from zkcompanion.app.monitor_views import JobSpanView
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.widgets.chart_data import Tint
from zkcompanion.ui.widgets.phase_words import phase_words

#: Runs that are over and known without asking the disk again.
_MOST_OVER = 60
#: Phases narrower than this are shown as one run.
_NARROWEST_PX = 3.0
#: So many of a run's phases are looked at in order to say how wide they are.
_MOST_TINTS = 600


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

    def read(self, begin_unix_s: float, end_unix_s: float) -> None:
        """Ask the disk for what is over; nothing where it is asked already."""
        if self._asked is not None:
            return
        runs = self._context.desk.runs
        self._asked = run_task(
            self, lambda: runs.between(begin_unix_s, end_unix_s), self._came, self._context.shell.show_error
        )

    def now(self) -> tuple[JobSpanView, ...]:
        """All that is known, oldest first; quick."""
        live = {run.job: run for run in self._context.desk.runs.live()}
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
        self._kept = tuple(run for run in runs if run.end_unix_s is not None)
        for run in self._kept:
            self._over.pop(run.job, None)
        self._changed()


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


def run_tints(
    runs: Iterable[JobSpanView], span: tuple[float, float], width_px: float, name_of: Callable[[str], str]
) -> tuple[Tint, ...]:
    """Bands behind the charts: the phases of each run, each worker in a lane of its own where several work at once.

    Where its phases would be too narrow to be seen, a run is one band.
    """
    begin, end = span
    seen = [
        run
        for run in runs
        if run.begin_unix_s is not None
        and run.begin_unix_s < end
        and (run.end_unix_s is None or run.end_unix_s > begin)
    ]
    lanes = {worker: lane for lane, worker in enumerate(sorted({run.worker for run in seen}))}
    scale = width_px / max(end - begin, 1e-9)
    tints: list[Tint] = []
    for run in seen:
        lane, run_end = lanes[run.worker], run.end_unix_s if run.end_unix_s is not None else end
        phases = [one for one in run.phases if one.end_unix_s > begin and one.begin_unix_s < end]
        wide = sum(one.end_unix_s - one.begin_unix_s for one in phases) * scale / max(1, len(phases))
        if not phases or wide < _NARROWEST_PX or len(tints) + len(phases) > _MOST_TINTS:
            assert run.begin_unix_s is not None
            tints.append(Tint(run.begin_unix_s, run_end, "faint", "", lane, len(lanes)))
            continue
        tints += [
            Tint(
                one.begin_unix_s,
                one.end_unix_s,
                f"phase/{one.phase}",
                name_of(one.phase),
                lane,
                len(lanes),
            )
            for one in phases
        ]
    return tuple(tints)


def short_names(context: WindowContext) -> Callable[[str], str]:
    """The short name of a phase in the user's language."""
    return lambda phase: context.say(phase_words(phase).short)
