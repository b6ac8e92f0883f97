"""From rows that were answered to what a machine can prove in a sentence, and what limits it."""

from __future__ import annotations

from collections import Counter

from zkcompanion.app.hardware_views import AnswerView, LimitView, Resource, WorkloadView
from zkcompanion.base.messages import Message, msg, msg_n


def answer_of(rows: tuple[WorkloadView, ...]) -> AnswerView:
    """The whole answer."""
    ours = [row for row in rows if row.runs_here and row.verdict.tier in ("easily", "well")]
    headline = msg_n(
        "This computer proves {n} of the circuits in the catalogue comfortably.",
        "This computer proves {n} of the circuits in the catalogue comfortably.",
        n=len(ours),
    )
    return AnswerView(headline, rows, limits_of(rows), None, "estimated")


_TITLES: dict[Resource, Message] = {
    "memory": msg("Memory"),
    "time": msg("Time"),
    "disk": msg("Disk"),
    "cores": msg("Cores"),
    "features": msg("Kind of processor"),
    "gpu": msg("Graphics card"),
}


def limits_of(rows: tuple[WorkloadView, ...]) -> tuple[LimitView, ...]:
    """What keeps most rows from fitting easily, the most binding first."""
    counted = Counter(
        row.verdict.binding
        for row in rows
        if row.verdict.binding is not None and row.verdict.tier not in ("easily", "well")
    )
    return tuple(
        LimitView(
            resource,
            _TITLES[resource],
            msg_n(
                "It decides over {n} workload that does not fit well.",
                "It decides over {n} workloads that do not fit well.",
                n=count,
            ),
        )
        for resource, count in counted.most_common()
    )
