"""Whom the window's reports ask: the services of its desk, each when it is needed."""

# ruff: noqa: PLW0108  # the services are built when they are asked, not when this is

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcompanion.app.report_parts import ObjectiveRow
from zkcompanion.app.report_service import ReportSources
from zkcompanion.monitoring.objectives import Judgement

if TYPE_CHECKING:
    from zkcompanion.app.desk import Desk


def sources_of(desk: Desk) -> ReportSources:
    """What the desk's services know when a report is made."""
    return ReportSources(
        curves=lambda series, begin, end, points: desk.monitor.curves(series, begin, end, points),
        series=lambda: desk.monitor.series(),
        marks=lambda begin, end: (*desk.monitor.marks(begin, end), *desk.alerts.marks(begin, end)),
        records=lambda: desk.runs.records(),
        history=lambda: desk.history.records(),
        alerts=lambda begin, end: desk.alerts.history(begin, end),
        objectives=lambda: tuple(map(row_of, desk.objectives.judged())),
    )


def row_of(judged: Judgement) -> ObjectiveRow:
    """What a report says of an objective: nothing of how it is met where there were too few proofs."""
    wanted = judged.objective
    return ObjectiveRow(
        wanted.title,
        wanted.target,
        judged.share if judged.enough else None,
        judged.met,
        judged.events,
        judged.bad,
        judged.left_share if judged.enough else None,
        sum(one.events for one in judged.excluded),
    )
