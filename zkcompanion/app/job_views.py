"""What the window shows of work that runs in a worker process: frozen views, and the orders that start it.

Orders cross to the worker and may hold secrets (`repr=False`); views come back and hold none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zkcompanion.app.accounts import AccountsView
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.views import ProvingView
from zkcompanion.base.messages import Message

JobState = Literal["waiting", "running", "done", "failed", "cancelled"]
PhaseState = Literal["waiting", "running", "done"]
#: `starting`: loading Python and kernels; `ready`: idle and warm; `draining`: ends, or is replaced, as soon as it is
#: idle; `lost`: died, its successor starts.
WorkerState = Literal["off", "starting", "ready", "busy", "draining", "lost"]
#: The first goes first; one that waits gains on the others (`docs/scheduling.md`).
PriorityName = Literal["interactive", "batch", "background"]


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase of the proof that runs or ran. `phase` is a value of `proving/phases.Phase`.

    `seconds`: its own time so far. `share`: how far it is, 0 to 1; None where it does not say.
    `expected_s`: the median of this circuit's earlier proofs on this machine; None where there is none.
    `resumed`: a worker before this one went through it, and `seconds` is what it took there, as far as it was told.
    """

    phase: str
    state: PhaseState
    seconds: float
    share: float | None = None
    expected_s: float | None = None
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class ExpectationView:
    """What earlier proofs of the same circuit, kernels and threads on this machine lead to expect.

    `low_s` and `high_s` bound the seconds of one proof (the lowest and highest of the last `proofs`, at most ten).
    """

    low_s: float
    high_s: float
    proofs: int
    phases: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class JobView:
    """One run of proofs, from the queue to its result.

    `number` of `repeat` is the proof that runs (from 1). `elapsed_s` counts from its start. `left_s` is a band (low,
    high) of the seconds to come, None where nothing is known. `phases` are in the order in which they began, those to
    come after them.

    `waits`: why it has not begun. `ready_in`: low, likely and high seconds until it is done, by the forecast of the
    whole queue, None where something in it is not known; `ready` says the same. `worker` and `threads` of one that
    runs, with the family of `kernels`. `deaths`: workers that it has outlived. `resumed_from`: the phase from which it
    went on after the last of them; None where it began again. `in_slices`: memory is short for it, so its key is read
    in slices, and it takes longer. `waits_for_memory`: that is why it has not begun. `run_anyway`: it is tried although
    it was predicted not to fit.
    """

    id: int
    circuit: str
    title: Message
    fingerprint: str
    state: JobState
    submitted_unix_s: float
    repeat: int = 1
    number: int = 1
    phases: tuple[PhaseView, ...] = ()
    elapsed_s: float = 0.0
    left_s: tuple[float, float] | None = None
    result: ProvingView | None = None
    error: ErrorView | None = None
    priority: PriorityName = "interactive"
    waits: Message | None = None
    ready_in: tuple[float, float, float] | None = None
    ready: Message | None = None
    worker: str | None = None
    threads: int = 0
    kernels: str | None = None
    deaths: int = 0
    resumed_from: str | None = None
    in_slices: bool = False
    waits_for_memory: bool = False
    run_anyway: bool = False

    @property
    def ended(self) -> bool:
        """Whether it is over, one way or another."""
        return self.state in {"done", "failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker process. `name` is `prover`, `prover-2` and so on, or `clerk`; `deaths` counts those that ended without
    being asked to.

    `kernels` is the family that it loaded (None: not yet), `threads` what its job may use (0: it has none), `jobs` what
    it answered, `speed` how fast it was beside what was predicted (1: as fast). `busy_seconds`: of all its jobs, the
    one that runs included; `utilisation`: their share, 0 to 1, of the time since it could work; `throughput`: field
    multiplications a second while it was busy with what it answered. `notices`: what the user should know of the choice
    of kernels and of the number of processes. `accounts`: what its process held when it was warm, or at the end of its
    last run of proofs.
    """

    name: str
    state: WorkerState
    pid: int | None = None
    job: int | None = None
    memory_bytes: int = 0
    deaths: int = 0
    kernels: str | None = None
    threads: int = 0
    jobs: int = 0
    speed: float = 1.0
    notices: tuple[Message, ...] = ()
    busy_seconds: float = 0.0
    utilisation: float = 0.0
    throughput: float = 0.0
    accounts: AccountsView | None = None


def given_up(workers: Iterable[WorkerView]) -> bool:
    """Whether workers died so often that none is started again; those that are left get no work."""
    return any(worker.state == "off" and worker.deaths for worker in workers)


@dataclass(frozen=True, slots=True)
class LoadView:
    """What the machine did in the last sampling step; all of it is measured, nothing carried over.

    `at_s` is the monotonic clock, `processor_percent` of the whole machine (0 to 100), `worker_percent` that of our
    workers (same scale), memory in bytes: used and installed of the machine, resident of our workers.
    `garbage_percent`: of this process's time, what collecting garbage took since the start.
    """

    at_s: float
    processor_percent: float
    worker_percent: float
    memory_used_bytes: int
    memory_total_bytes: int
    worker_bytes: int
    garbage_percent: float = 0.0


# -- events on the bus


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job's view is another now. Told at every change of state or phase, and ten times a second while it runs."""

    job: JobView


@dataclass(frozen=True, slots=True)
class WorkersChanged:
    """Some worker's state is another now."""

    workers: tuple[WorkerView, ...]


@dataclass(frozen=True, slots=True)
class LoadSampled:
    """Ten times a second while a job runs, once a second otherwise."""

    load: LoadView


# -- circuits, their forms, and dropped files


@dataclass(frozen=True, slots=True)
class InputFieldView:
    """One input signal of a circuit, for a form. `dimensions` is empty for a single value.

    `label` and `note` are there for bundled examples; otherwise the signal's own name is all there is.
    """

    name: str
    dimensions: tuple[int, ...]
    public: bool
    label: Message | None = None
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class CircuitView:
    """A circuit that was looked at, ready to be ordered.

    `fingerprint` tells circuits apart (of the `.r1cs`, else of the key). `fields` (at most one more than a form has) is
    empty where there is no `.sym` or no `.r1cs`; then inputs come as a file. `example_values` is the JSON object of a
    bundled example's inputs, else empty. `needs_key`: no `.zkey` was given, so a development key is made at the first
    proof. `missing` says in sentences what is still needed before it can be proved (inputs that a form can ask for are
    not missing).
    """

    files: CircuitFiles
    title: Message
    fingerprint: str
    constraints: int | None
    wires: int | None
    public_signals: int | None
    fields: tuple[InputFieldView, ...] = ()
    example_values: bytes = b""
    needs_key: bool = True
    missing: tuple[Message, ...] = ()
    expectation: ExpectationView | None = None
    example_id: str | None = None


@dataclass(frozen=True, slots=True)
class SortedFilesView:
    """Dropped files by what they are. `circuit` gathers those of a circuit, the next three those of a verdict.

    `refused` holds (file name, why) for those that are nothing we know, `doubles` names of files whose role was taken.
    """

    circuit: CircuitFiles
    proof: Path | None = None
    public: Path | None = None
    verification_key: Path | None = None
    refused: tuple[tuple[str, ErrorView], ...] = ()
    doubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofOrder:
    """What to prove. `inputs` is a JSON object as snarkjs takes it, and secret; None: those of `circuit.input` or
    `circuit.witness` are used. `memory_bytes`: what the worker may hold; None: as the settings say.
    `run_anyway`: have it tried where it is predicted not to fit.
    """

    circuit: CircuitFiles
    title: Message
    fingerprint: str
    inputs: bytes | None = field(default=None, repr=False)
    repeat: int = 1
    profile: bool = False
    memory_bytes: int | None = None
    run_anyway: bool = False


@dataclass(frozen=True, slots=True)
class VerifyOrder:
    """A proof to be judged, in files. `key` is a verification key as JSON, or a `.zkey`."""

    key: Path
    public: Path
    proof: Path
    allow_insecure_key: bool = False
