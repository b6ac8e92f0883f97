"""Answers about computers made by hand, for tests of what the window does with them."""

from zkcompanion.app.hardware_views import (
    AdviceView,
    AnswerView,
    CalibrationView,
    Disk,
    Limits,
    LimitView,
    MachineFacts,
    Memory,
    Platform,
    Processor,
    RateView,
    SourceView,
    VerdictView,
    WorkloadView,
)
from zkcompanion.base.messages import msg
from zkcompanion.costs.band import Band

GIB = 1 << 30

FACTS = MachineFacts(
    processor=Processor(
        model="Example 4-core",
        architecture="x86_64",
        physical_cores=4,
        logical_cores=8,
        features=frozenset({"avx2", "avx512ifma", "avx512vl"}),
    ),
    memory=Memory(total_bytes=16 * GIB, available_bytes=9 * GIB),
    disk=Disk(kind="ssd", total_bytes=500 * GIB, free_bytes=120 * GIB),
    limits=Limits(usable_cores=8),
    platform=Platform(system="linux", name="Example Linux 1"),
)


def band(likely):
    """A band around a figure, None for none."""
    return None if likely is None else Band(likely * 0.9, likely, likely * 1.2)


def workload(id_, tier, *, seconds=1.0, memory=None, name=None):
    """One row of the catalogue."""
    return WorkloadView(
        id=id_,
        name=msg("{name}", name=name or id_),
        what=msg("What it is for."),
        group=id_,
        system="Groth16",
        prover="ours",
        size="2^16",
        verdict=VerdictView(
            tier,
            "memory",
            None if tier == "unknown" else 0.5,
            "estimated",
            msg("A sentence about {name}.", name=name or id_),
        ),
        seconds=band(seconds),
        memory=band(memory),
        key_bytes=None,
        runs_here=True,
        method=None,
        figures=(),
        source=SourceView("A paper", None, "2026-01-01", "read"),
    )


WORKLOADS = (
    workload("hash", "easily", seconds=0.05, memory=GIB / 20, name="A hash"),
    workload("merkle", "easily", seconds=0.2, memory=GIB / 10, name="A Merkle tree"),
    workload("age", "well", seconds=1.3, memory=GIB / 2, name="An identity card"),
    workload("passport", "well", seconds=7.0, memory=2 * GIB, name="A passport"),
    workload("mail", "barely", seconds=60.0, memory=12 * GIB, name="A signed mail"),
    workload("rollup", "too large", seconds=900.0, memory=80 * GIB, name="A rollup"),
    workload("zkvm", "impossible", seconds=None, memory=400 * GIB, name="A virtual machine"),
)


def answer(basis="estimated", workloads=WORKLOADS):
    """What a computer can prove."""
    return AnswerView(
        headline=msg("This computer proves circuits up to about 2^{power} constraints.", power=20),
        workloads=workloads,
        limits=(LimitView("memory", msg("Memory"), msg("Large keys do not fit.")),),
        largest_power=20,
        basis=basis,
    )


ADVICE = tuple(
    AdviceView(
        id=id_,
        kind=kind,
        title=msg("{title}", title=title),
        effect=msg("Proofs take about {percent} % less time.", percent=10),
        how=msg("Open the settings of your system and change it."),
        unlocks=unlocks,
        confidence="estimated",
    )
    for id_, kind, title, unlocks in (
        ("plan", "setting", "Turn power saving off", ()),
        ("close", "setting", "Close other programs", ("mail",)),
        ("memory", "memory", "More memory", ("rollup", "mail")),
        ("processor", "processor", "Another processor", ("rollup",)),
    )
)

CALIBRATION = CalibrationView(
    unix_s=1.79e9,
    seconds=19.5,
    rates=(
        RateView("g1", msg("Additions of curve points"), 1.25e6, 4.6e6, "per_second"),
        RateView("memory", msg("Memory"), 11e9, 24e9, "bytes_per_second"),
    ),
)


class Hardware:
    """Stands in for `desk.hardware` until a test needs the real one."""

    def __init__(self, facts=FACTS, found=None, advice=ADVICE):
        self._facts, self._answer, self._advice = facts, found or answer(), advice
        self.known = None
        self.error = None
        self.looks = self.answers = 0

    def facts(self):
        return self.known

    def look(self, *, anew=False):
        self.looks += 1
        if self.error is not None:
            raise self.error
        self.known = self._facts
        return self._facts

    def answer(self, what_if=None):
        self.answers += 1
        return self._answer

    def advice(self):
        return self._advice


class Calibration:
    """Stands in for `desk.calibration`; a test publishes its events."""

    def __init__(self):
        self.found = self.notice = None
        self.running = False
        self.calls = []

    def current(self):
        return self.found

    def start(self):
        self.calls.append("start")
        self.running = True

    def cancel(self):
        self.calls.append("cancel")
        self.running = False

    def close(self):
        self.calls.append("close")
