"""What services answer: frozen values that faces print or draw. No engine objects, no arrays, no secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zkcompanion.app.accounts import AccountsView
from zkcompanion.app.memory import PhaseMemory
from zkcompanion.base.messages import Message

#: `ok`: nothing found against it; `development`: whoever made it may know its secrets; `insecure`: anyone can forge.
KeyState = Literal["ok", "development", "insecure"]


@dataclass(frozen=True, slots=True)
class KeyView:
    """How far a key can be trusted. `reasons` are stable words, `messages` sentences for them, worst first."""

    state: KeyState
    reasons: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseProfile:
    """The work of one phase; None where its multiplications are not counted.

    `limit_percent`: the share of what the threads could have multiplied in that time had they done nothing else.
    `memory`: what the process held, None where it was not looked at.
    """

    seconds: float
    field_multiplications: int | None
    limit_percent: float | None
    memory: PhaseMemory | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The work of a whole proof and of its phases by name."""

    phases: Mapping[str, PhaseProfile]
    field_multiplications: int
    limit_percent: float


@dataclass(frozen=True, slots=True)
class ProofView:
    """One proof in the warm process.

    `seconds` holds reading or calculating the witness, checking it, proving and verifying; `phases` its parts by name.
    `peak_rss_bytes` is the most memory that the process had held by then. `profile`: where it was asked for.

    `resumed`: phases that a worker before this one had gone through when it ended; then `seconds`, `phases` and
    `profile` are of the rest.
    """

    seconds: float
    phases: Mapping[str, float]
    peak_rss_bytes: int
    verified: bool
    profile: Profile | None = None
    resumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProvingView:
    """A run of one or more proofs for the same circuit and witness.

    `constant_work`: the work did not depend on the witness. `constraints` is None where neither an `.r1cs` nor the
    key tells. `startup_seconds`: getting the arithmetic ready, compiling it at the first use included;
    `load_seconds`: reading key, constraints and witness program; `setup_seconds`: making a key, 0 where there was
    one. `files` are those written, by kind. The proof itself is that of the last round, as JSON values.
    `multiplication_seconds`: one field multiplication on one core that does nothing else, measured for the
    profiles; None without them. `memory`: how a budget was kept to, None where there was none. `accounts`: what the
    process held at the end, and what memory cost it.
    """

    circuit: str
    verified: bool
    proofs: tuple[ProofView, ...]
    key: KeyView
    kernels: str
    threads: int
    constant_work: bool
    constraints: int | None
    wires: int
    public_signals: tuple[int, ...]
    witness_checked: bool
    startup_seconds: float
    load_seconds: float
    setup_seconds: float
    proof_json: bytes = field(repr=False)
    public_json: bytes = field(repr=False)
    verification_key_json: bytes = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Message, ...] = ()
    multiplication_seconds: float | None = None
    memory: BudgetView | None = None
    overridden: OverrideView | None = None
    accounts: AccountsView | None = None


@dataclass(frozen=True, slots=True)
class BudgetView:
    """How a run keeps to its budget, in bytes. `mode`: `whole`, or `streamed` in slices of the key.

    `predicted_bytes`: what the process will hold at the most, by the model (`docs/memory.md`).
    """

    budget_bytes: int
    predicted_bytes: int
    mode: Literal["whole", "streamed"]


@dataclass(frozen=True, slots=True)
class OverrideView:
    """What was predicted not to fit, in bytes, and was tried because a person said so."""

    needed_bytes: int
    room_bytes: int


@dataclass(frozen=True, slots=True)
class VerificationView:
    """The verdict on a proof. `reason` is a stable word, None where it holds; `message` the same in a sentence.

    `public_values` are the first of the public signals, decimal, as they were read for this very verdict.
    """

    verified: bool
    reason: str | None
    message: Message
    hint: Message | None
    key: KeyView
    public_signals: int
    seconds: float
    warnings: tuple[Message, ...] = ()
    public_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeySetupView:
    """A key that was made."""

    file: str
    key: KeyView
    constraints: int
    wires: int
    public_signals: int
    domain_power: int
    circuit_hash: str
    seconds: float
    #: the most that the process had held by then
    peak_rss_bytes: int
    #: where there is a budget of memory
    memory: BudgetView | None = None
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class VerificationKeyView:
    """A verification key that was exported."""

    file: str
    key: KeyView
    public_signals: int
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class WitnessView:
    """A witness that was calculated; its values are not here."""

    file: str
    wires: int
    seconds: float
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class WitnessCheckView:
    """Whether a witness satisfies all constraints; `message` says which one it breaks first."""

    satisfied: bool
    message: Message
    hint: Message | None
    constraints: int
    wires: int
    seconds: float


@dataclass(frozen=True, slots=True)
class R1csView:
    """The size of a circuit. `domain_power`: its Groth16 key works on 2^domain_power points."""

    file: str
    curve: str
    wires: int
    constraints: int
    private_inputs: int
    public_inputs: int
    outputs: int
    labels: int
    terms: Mapping[str, int]
    domain_power: int


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of a binary file; `title` is None where its meaning is not known here."""

    number: int
    title: str | None
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FileView:
    """What a file is, by its own words; `version`, `scheme` and `curve` are None where it does not say."""

    file: str
    type: str
    size_bytes: int
    version: int | None
    scheme: str | None
    curve: str | None
    sections: tuple[SectionView, ...]


@dataclass(frozen=True, slots=True)
class ExampleSignalView:
    """An input of an example: its name in the circuit, and what people call it."""

    name: str
    public: bool
    label: Message
    note: Message


@dataclass(frozen=True, slots=True)
class ExampleView:
    """A bundled circuit; `input_file` holds inputs that satisfy it, nobody's secret."""

    id: str
    title: Message
    summary: tuple[Message, ...]
    reveals: tuple[Message, ...]
    hides: tuple[Message, ...]
    signals: tuple[ExampleSignalView, ...]
    sources: tuple[str, ...]
    constraints: int
    public_signals: int
    input_file: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check of the self-test; `detail` says what was found, or what went wrong."""

    name: str
    passed: bool
    detail: Message
    seconds: float


@dataclass(frozen=True, slots=True)
class SelfTestView:
    """All checks; `passed` where each of them did."""

    passed: bool
    checks: tuple[CheckView, ...]
