"""What the faces show of this computer and of what it can prove: frozen views, free of NumPy.

`MachineFacts` and its parts are handed on from `hardware/facts`, because faces do not import that package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zkcompanion.base.messages import Message
from zkcompanion.costs.band import Band
from zkcompanion.hardware.advice import Advice
from zkcompanion.hardware.facts import (
    Cache,
    Disk,
    Gpu,
    Limits,
    MachineFacts,
    Memory,
    Platform,
    Power,
    Processor,
)
from zkcompanion.hardware.verdicts import TIERS, Confidence, Resource, Tier, Verdict
from zkcompanion.hardware.whatif import WhatIf

__all__ = [
    "TIERS",
    "AdviceView",
    "Band",
    "Cache",
    "Confidence",
    "Disk",
    "Gpu",
    "Limits",
    "MachineFacts",
    "Memory",
    "Platform",
    "Power",
    "Processor",
    "Resource",
    "Tier",
    "VerdictView",
    "WhatIf",
]

#: As they were found.
VerdictView = Verdict
AdviceView = Advice


@dataclass(frozen=True, slots=True)
class PhaseNeed:
    """One phase of a proof (`proving/phases`): seconds where a speed is known, and resident bytes."""

    phase: str
    seconds: Band | None
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class PredictionView:
    """What proving one circuit will take here.

    `key_bytes` is exact where `key_exact`; `key_record_bytes`: of it, records of contributions (section 10).
    `power`: of the powers of tau that making a key takes. `disk_bytes`: key, files beside it and scratch.
    `past_error`: median of abs(predicted - measured) / measured of the last `past_proofs` predictions here.
    """

    constraints: int
    wires: int
    public: int
    power: int
    key_bytes: int
    key_exact: bool
    key_record_bytes: int
    disk_bytes: int
    memory: Band
    seconds: Band | None
    phases: tuple[PhaseNeed, ...]
    basis: Confidence
    kernels: str
    threads: int
    past_error: float | None = None
    past_proofs: int = 0


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where a figure comes from. `date`: ISO, of the figure, or where the source is `undated` of when it was read.

    `confidence` as the catalogue grades it.
    """

    title: str
    url: str | None
    date: str | None
    confidence: Literal["read", "excerpt", "second-hand", "measured"]
    undated: bool = False


@dataclass(frozen=True, slots=True)
class WorkloadView:
    """One row of the catalogue with the answer for this machine.

    `runs_here`: our prover makes this proof, so that `seconds` and `memory` are predictions or measurements of ours;
    else they are scaled from the source by `method`, or None. `figures`: what the source says, in words.
    """

    id: str
    name: Message
    what: Message
    group: str
    system: str
    prover: str
    size: str
    verdict: VerdictView
    seconds: Band | None
    memory: Band | None
    key_bytes: int | None
    runs_here: bool
    method: Message | None
    figures: tuple[Message, ...]
    source: SourceView | None
    #: as people call the group; None where it has no name but its id
    group_title: Message | None = None
    #: id of the bundled circuit that is this workload, to prove it at once
    example: str | None = None
    #: `size` as a sentence, None where no source tells it
    size_words: Message | None = None


@dataclass(frozen=True, slots=True)
class LimitView:
    """What limits proving here, the most binding first: "Memory", and a sentence."""

    resource: Resource
    title: Message
    sentence: Message


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What this machine can prove. `largest_power`: log2 of the largest domain that fits comfortably."""

    headline: Message
    workloads: tuple[WorkloadView, ...]
    limits: tuple[LimitView, ...]
    largest_power: int | None
    basis: Confidence


@dataclass(frozen=True, slots=True)
class CheckView:
    """`zkcompanion check CIRCUIT`: prediction, verdict and advice for one circuit."""

    name: str
    prediction: PredictionView
    verdict: VerdictView
    advice: tuple[AdviceView, ...]


@dataclass(frozen=True, slots=True)
class RateView:
    """One thing that the calibration measured: "G1 additions", a rate with its unit (`monitor_views.Unit` has them)."""

    id: str
    title: Message
    one_core: float
    all_cores: float
    unit: str


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """When this machine was measured, and what was found. `stale`: why it should be measured again, or None."""

    unix_s: float
    seconds: float
    rates: tuple[RateView, ...]
    stale: Message | None = None


@dataclass(frozen=True, slots=True)
class CalibrationProgressed:
    """Event: `share` is done, 0 to 1; `doing` says what is measured now."""

    share: float
    doing: Message
    left_s: float | None


@dataclass(frozen=True, slots=True)
class CalibrationEnded:
    """Event: with what was found, or why not; both None where a person cancelled it."""

    found: CalibrationView | None
    failed: Message | None = None


@dataclass(frozen=True, slots=True)
class MachineLookedAt:
    """Event: the facts were found, or found anew."""

    facts: MachineFacts
