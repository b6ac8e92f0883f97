"""The rows of the reports: 90 days of more than 30 series, from the order to the file, cold."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from zkcompanion.app.history import History
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.outputs import Outputs
from zkcompanion.app.report_reading import StoredSources
from zkcompanion.app.report_schedule import ReportScheduler
from zkcompanion.app.report_service import ReportService
from zkcompanion.app.report_views import FormName, ReportKind, ReportOrder
from zkcompanion.app.run_recorder import leave_runs
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

from . import series
from .figures import Figure, Row, outcome

_DAY_S, _DAYS = 86_400, 90
_RUNS, _REPEATS = 800, 3
_FORMS: tuple[FormName, ...] = ("html", "pdf", "md", "csv", "json")
_KINDS: tuple[ReportKind, ...] = ("performance", "memory")
_BUSY, _HELD, _EVENTS = (series.KINDS[name] for name in ("machine.processor", "machine.memory", "engine.running"))
#: Those of a machine with eight cores and four workers, and the components of memory.
_SERIES = {
    **series.KINDS,
    "machine.stolen": _BUSY,
    "machine.memory_waits": _BUSY,
    "proofs.seconds": _EVENTS,
    "window.latency": _EVENTS,
    **{f"memory.component/{name}": _HELD for name in ("kernels", "tables", "circuits", "buffers", "rest")},
}


def filled(folder: Path) -> tuple[AppDirs, int]:
    """A year of samples (minutes of the last 90 days), runs and proofs of 90 days, and when they end; made once."""
    dirs, made = AppDirs(folder / "reports-home"), folder / "reports-home" / "made"
    if not made.exists():
        series.year(dirs.state, _SERIES).close()
        _fill(dirs, series.END_S)
        write_atomic(made, b"")
    return dirs, series.END_S


def _fill(dirs: AppDirs, end_s: int) -> None:
    step_s = _DAYS * _DAY_S / _RUNS
    runs = []
    history = History(dirs, EventBus())
    for number in range(_RUNS):
        end = end_s - _DAYS * _DAY_S + (number + 1) * step_s - 1
        title, seconds = msg("Circuit {number}", number=number % 12), 1 + number % 7
        proofs = tuple(ProofEvent(end - 10 * one, float(seconds), "verified", usual_s=2.0) for one in range(3))
        runs.append(
            RunRecord(0, title, f"f{number % 12}", "command", "prover", end - 60, end - 50, end, "done", proofs=proofs)
        )
        phases = tuple((name, seconds / 6) for name in ("load", "witness", "sum-a", "sum-b2", "sum-h", "verify"))
        history.add(
            ProofRecord(
                0, end, f"c{number % 12}", title, "", f"f{number % 12}", "verified", 3, float(seconds), phases, 1 << 16,
                "scalar", 2, "ok", (1 << 30) + (number % 12 << 26),
            )
        )  # fmt: skip
    history.close()
    leave_runs(dirs, runs)


def p21(folder: Path) -> Figure:
    """How long a report over 90 days takes, each form by itself and all of them, in fresh processes."""
    dirs, end_s = filled(folder)
    times: dict[str, float] = {}
    sizes: dict[str, int] = {}
    for kind in _KINDS:
        for forms in (*((form,) for form in _FORMS), _FORMS):
            name = f"{kind} {'+'.join(forms)}"
            out = Path(tempfile.mkdtemp(prefix="out-", dir=folder))
            order = ReportOrder(kind, float(end_s - _DAYS * _DAY_S), float(end_s), forms, out)
            taken = []
            for _ in range(_REPEATS):
                with StoredSources(dirs, SYSTEM_CLOCK) as stored:
                    service = ReportService(dirs, EventBus(), SYSTEM_CLOCK, stored.sources(), Outputs())
                    made = service.order(order)[1].result()
                    service.close()
                taken.append(made.seconds)
                sizes[name] = made.size_bytes
            times[name] = round(statistics.median(taken), 3)
    return Figure(
        max(times.values()),
        "seconds from the order to the last file, 90 days of 39 series, the slowest of kinds and forms (all five too)",
        floor=5.0,
        goal=2.0,
        test="tests/unit/app/test_report_service.py::test_a_report_in_all_forms_told_while_it_is_made",
        artefact={"seconds": times, "bytes": sizes, "series": len(_SERIES)},
    )


class _Calendar:
    """A clock that is put forward."""

    def __init__(self, unix_s: float) -> None:
        self.now_s = unix_s

    def unix_s(self) -> float:
        return self.now_s

    def monotonic_s(self) -> float:
        return SYSTEM_CLOCK.monotonic_s()

    def thread_cpu_s(self) -> float:
        return SYSTEM_CLOCK.thread_cpu_s()

    def process_cpu_s(self) -> float:
        return SYSTEM_CLOCK.process_cpu_s()

    def slept_s(self) -> float | None:
        return SYSTEM_CLOCK.slept_s()


def b20(folder: Path) -> Figure:
    """Reports by the calendar: four days pass, for two of them the program is closed, and it begins again and again."""
    dirs = AppDirs(Path(tempfile.mkdtemp(prefix="b20-", dir=folder)))
    clock = _Calendar(SYSTEM_CLOCK.unix_s() - 10 * _DAY_S)
    kept: list[tuple[str, ...]] = []
    whole = False
    for days in (0, 1, 1, 2, 0):
        clock.now_s += days * _DAY_S
        with StoredSources(dirs, clock) as stored:
            service = ReportService(dirs, EventBus(), clock, stored.sources(), Outputs())
            ReportScheduler(service, clock, lambda: "daily").make_due()
            kept.append(tuple(sorted(one.scheduled for one in service.kept())))
            whole = all(path.stat().st_size > 5000 for one in service.kept() for _, path in one.files)
            service.close()
    return outcome(
        {
            "nothing is due on the day on which it is chosen": kept[0] == (),
            "a day is reported when it is over": [len(names) for names in kept[1:3]] == [1, 2],
            "days that passed while the program was closed are made up for": len(kept[3]) == 4,
            "no day is reported twice": kept[4] == kept[3] and len(set(kept[4])) == len(kept[4]),
            "every report has its web page and its PDF": whole,
        },
        "tests/unit/app/test_report_schedule.py::test_each_period_is_made_once_over_restarts",
        reports=list(kept[4]),
    )


def p26(folder: Path) -> Figure:
    """What a report on memory shows, read from its own files."""
    dirs, end_s = filled(folder)
    out = Path(tempfile.mkdtemp(prefix="out-", dir=folder))
    with StoredSources(dirs, SYSTEM_CLOCK) as stored:
        service = ReportService(dirs, EventBus(), SYSTEM_CLOCK, stored.sources(), Outputs())
        order = ReportOrder("memory", float(end_s - _DAYS * _DAY_S), float(end_s), ("html", "pdf", "json"), out)
        page, paper, plain = service.order(order)[1].result().files
        service.close()
    found = json.loads(plain.read_text())
    charts = {chart["id"]: chart for section in found["sections"] for chart in section["charts"]}
    parts = {one["title"] for one in charts["component-shares"]["values"]}
    return outcome(
        {
            "memory by component": parts == {"kernels", "tables", "circuits", "buffers", "rest"},
            "memory of each worker over time": len(charts["worker-memory"]["curves"]) == 4,
            "peak of each circuit's last run": len(charts["peaks"]["values"]) == 12,
            "every picture is in the page": page.read_text().count("<svg") == len(charts),
            "it is a PDF with its letters inside": b"/FontFile2" in paper.read_bytes(),
            "every chart has a unit": all(chart["unit"] == "bytes" for chart in charts.values()),
        },
        "tests/unit/app/test_report_content.py::test_memory_by_component_and_run_against_prediction",
    )


REPORT_ROWS: Mapping[str, Row] = {"P21": p21, "P26": p26, "B20": b20}
