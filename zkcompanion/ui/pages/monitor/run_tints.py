"""The phases of runs as bands behind charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zkcompanion.app.monitor_views import JobSpanView
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.widgets.chart_data import Tint
from zkcompanion.ui.widgets.phase_words import phase_words

#: Narrower phases are only a part of their run's band.
_NARROWEST_PX = 2.0
#: Of more nobody sees the single ones.
_MOST_RUNS, _MOST_TINTS = 200, 600


def run_tints(
    runs: Iterable[JobSpanView], span: tuple[float, float], width_px: float, name_of: Callable[[str], str]
) -> tuple[Tint, ...]:
    """A band for each run and over it one for each of its phases that is wide enough to be seen.

    Runs of several workers at one time lie in lanes, one below the other.
    """
    begin, end = span
    seen = [
        (run, run.begin_unix_s, run.end_unix_s if run.end_unix_s is not None else end)
        for run in runs
        if run.begin_unix_s is not None
        and run.begin_unix_s < end
        and (run.end_unix_s is None or run.end_unix_s > begin)
    ]
    seen = seen[-_MOST_RUNS:]
    scale = width_px / max(end - begin, 1e-9)
    whole: list[Tint] = []
    phases: list[Tint] = []
    for run, run_begin, run_end in seen:
        # with whom it shares the height: whoever was at work at the same time
        workers = sorted(
            {other.worker for other, begun, ended in seen if begun < run_end and ended > run_begin} | {run.worker}
        )
        lane, lanes = workers.index(run.worker), len(workers)
        whole.append(Tint(run_begin, run_end, "faint", "", lane, lanes))
        phases += [
            Tint(one.begin_unix_s, one.end_unix_s, f"phase/{one.phase}", name_of(one.phase), lane, lanes)
            for one in run.phases
            if one.end_unix_s > begin
            and one.begin_unix_s < end
            and (one.end_unix_s - one.begin_unix_s) * scale >= _NARROWEST_PX
        ]
    return (*whole, *phases[-_MOST_TINTS:])


def short_names(context: WindowContext) -> Callable[[str], str]:
    """The short name of a phase in the user's language."""
    return lambda phase: context.say(phase_words(phase).short)
