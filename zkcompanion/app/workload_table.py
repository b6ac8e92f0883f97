"""The catalogue with this machine's answers as a CSV file, for spreadsheets and programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from zkcompanion.app.hardware_views import WorkloadView
from zkcompanion.base.messages import Message
from zkcompanion.costs.band import Band
from zkcompanion.reports.tabular import as_csv, harmless

_HEADINGS = (
    "id",
    "name",
    "group",
    "system",
    "prover",
    "size",
    "verdict",
    "binding",
    "margin",
    "confidence",
    "seconds_low",
    "seconds_likely",
    "seconds_high",
    "memory_bytes_low",
    "memory_bytes_likely",
    "memory_bytes_high",
    "key_bytes",
    "runs_here",
    "sentence",
    "source",
    "source_url",
    "source_date",
)


def workloads_csv(workloads: Iterable[WorkloadView], say: Callable[[Message], str]) -> bytes:
    """A row for each workload, in their order; seconds to a millionth, nothing where nothing is known."""
    return as_csv([list(_HEADINGS), *(list(_cells(one, say)) for one in workloads)])


def _cells(workload: WorkloadView, say: Callable[[Message], str]) -> Iterator[str]:
    verdict, source = workload.verdict, workload.source
    texts = (workload.id, say(workload.name), workload.group, workload.system, workload.prover, workload.size)
    yield from map(harmless, texts)
    yield verdict.tier
    yield verdict.binding or ""
    yield _number(verdict.margin)
    yield verdict.confidence
    yield from _band(workload.seconds, digits=6)
    yield from _band(workload.memory)
    yield _number(workload.key_bytes)
    yield "yes" if workload.runs_here else "no"
    yield harmless(say(verdict.sentence))
    yield from map(
        harmless, (source.title, source.url or "", source.date or "") if source is not None else ("", "", "")
    )


def _band(band: Band | None, digits: int | None = None) -> Iterator[str]:
    """Bounds and the likely value, rounded to so many digits behind the point."""
    if band is None:
        yield from ("", "", "")
    else:
        yield from (str(round(value, digits)) for value in (band.low, band.likely, band.high))


def _number(value: float | None) -> str:
    return "" if value is None else str(round(value, 6))
