"""A stand-in for `desk.hardware` that answers differently for other computers, as the page "Hardware" asks it."""

import threading
from dataclasses import replace

from tests.support.hardware_examples import ADVICE, FACTS, GIB, WORKLOADS, Calibration, Hardware, answer
from zkcompanion.app.hardware_views import CalibrationView, LimitView, RateView, SourceView, WhatIf
from zkcompanion.base.messages import msg

SOURCE = SourceView("A table of measurements", "https://example.org/table", "2026-05-01", "read")
GROUPS = {"hash": "Hashes", "merkle": "Hashes", "age": "Identity", "passport": "Identity", "mail": "Identity"}


def with_groups(workloads):
    """Each in a group with a name; the one about an age is a bundled example."""
    return tuple(
        replace(
            one,
            group=GROUPS.get(one.id, "Machines").lower(),
            group_title=msg("{name}", name=GROUPS.get(one.id, "Machines")),
            example="age-over-18" if one.id == "age" else None,
            figures=(msg("Memory at the most: {size}", size="1.2 GiB"), msg("Proving time: {time}", time="3.1 s")),
            source=SOURCE,
            key_bytes=one.key_bytes or 80 * (1 << 20),
        )
        for one in workloads
    )


TABLE = with_groups(WORKLOADS)
MEASURED = CalibrationView(
    unix_s=1.79e9,
    seconds=19.5,
    rates=(
        RateView("g1", msg("Additions of curve points"), 1.25e6, 4.6e6, "per_second"),
        RateView("transform", msg("Products in transforms"), 22.4e6, 81.2e6, "per_second"),
        RateView("memory", msg("Memory"), 11e9, 24e9, "bytes_per_second"),
    ),
)
LIMITS = (
    LimitView("memory", msg("Memory"), msg("It decides over {n} workloads that do not fit well.", n=3)),
    LimitView("cores", msg("Cores"), msg("It decides over {n} workloads that do not fit well.", n=1)),
)


class Machine(Hardware):
    """The more memory, the better every verdict that memory decides; `asked` are the questions about others.

    `gate`: where set, an answer about another computer waits until it is set.
    """

    def __init__(self, *, facts=FACTS, workloads=TABLE, advice=ADVICE, basis="estimated"):
        super().__init__(facts, replace(answer(basis, workloads), limits=LIMITS), advice)
        self.asked = []
        self.answers = 0
        self.trouble = None
        self.gate = None

    def answer(self, what_if=None):
        self.answers += 1
        if self.trouble is not None:
            raise self.trouble
        if what_if is None:
            return self._answer
        self.asked.append(what_if)
        if self.gate is not None:
            assert self.gate.wait(10)
        return replace(
            self._answer,
            headline=msg("Such a computer proves circuits up to about 2^{power} constraints.", power=24),
            workloads=tuple(self._there(one, what_if) for one in self._answer.workloads),
        )

    @staticmethod
    def _there(one, what_if: WhatIf):
        memory = what_if.memory_bytes or 16 * GIB
        if one.memory is None or one.verdict.tier == "unknown":
            return one
        share = one.memory.likely / memory
        tier = "easily" if share <= 0.6 else "well" if share <= 0.85 else "barely" if share < 0.98 else "too large"
        if one.verdict.tier in ("too large", "impossible", "barely") and share <= 0.98:
            return replace(one, verdict=replace(one.verdict, tier=tier, margin=1 - share))
        return one


def stand_in(desk, hardware=None, calibration=None):
    """Put stand-ins into a desk before its window is built; both."""
    hardware, calibration = hardware or Machine(), calibration or Calibration()
    calibration.notice = None
    desk.__dict__["hardware"] = hardware
    desk.__dict__["calibration"] = calibration
    return hardware, calibration


def gate():
    """Closed until it is set."""
    return threading.Event()
