"""Views as a job service would give them, for tests that only draw, and a context to draw them in."""

from __future__ import annotations

from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.job_views import JobState, JobView, PhaseView
from zkcompanion.app.views import KeyState, KeyView, PhaseProfile, Profile, ProofView, ProvingView
from zkcompanion.base.messages import msg

#: Seconds by phase of a proof of some 2^15 constraints.
SECONDS = {
    "load": 0.02,
    "witness": 0.004,
    "check": 0.01,
    "constraints": 0.03,
    "transforms": 0.2,
    "sum-a": 0.18,
    "sum-b1": 0.15,
    "sum-b2": 0.5,
    "sum-c": 0.16,
    "sum-h": 0.22,
    "assemble": 0.001,
    "verify": 0.012,
}
_KEY_MESSAGES = {
    "ok": (),
    "development": (msg("The key was made in one step on one computer."),),
    "insecure": (msg("delta equals gamma."),),
}


class SilentShell:
    """Keeps what it was told."""

    def __init__(self):
        self.told = []

    def go(self, page, **where):
        self.told.append((page, where))

    def notify(self, notice):
        self.told.append(notice)

    def show_error(self, error):
        self.told.append(error)


def phases(running: str | None = None, share: float | None = 0.4, *, expected: bool = True) -> tuple[PhaseView, ...]:
    """All phases: done up to the one that runs, or all of them."""
    made, ahead = [], False
    for phase, seconds in SECONDS.items():
        usual = seconds if expected else None
        if phase == running:
            made.append(PhaseView(phase, "running", seconds * (share or 0.1), share, usual))
            ahead = True
        elif ahead:
            made.append(PhaseView(phase, "waiting", 0.0, None, usual))
        else:
            made.append(PhaseView(phase, "done", seconds * 1.1, None, usual))
    return tuple(made)


def job(state: JobState = "running", parts: tuple[PhaseView, ...] = (), **more: object) -> JobView:
    """A job about a bundled circuit."""
    given: dict[str, object] = {
        "id": 1,
        "circuit": "funds-above-threshold",
        "title": msg("Funds above a threshold"),
        "fingerprint": "f",
        "state": state,
        "submitted_unix_s": 0.0,
        "phases": parts,
        "elapsed_s": 0.84,
    }
    return JobView(**{**given, **more})


def proving(
    key: KeyState = "development", *, proofs: int = 1, profile: bool = False, signals: tuple[int, ...] = (77, 10_000)
) -> ProvingView:
    """A result whose files are short."""
    parts = {phase: seconds * 1.1 for phase, seconds in SECONDS.items() if phase != "load"}
    work = {
        phase: PhaseProfile(seconds, 4_560_000, 48.0) if phase.startswith("sum") else PhaseProfile(seconds, None, None)
        for phase, seconds in parts.items()
    }
    made = Profile(work, 22_800_000, 46.3) if profile else None
    total = sum(parts.values())
    return ProvingView(
        circuit="funds",
        verified=True,
        proofs=tuple(ProofView(total * (1 + number / 100), parts, 340 << 20, True, made) for number in range(proofs)),
        key=KeyView(key, ("r",) if key != "ok" else (), _KEY_MESSAGES[key]),
        kernels="ifma",
        threads=2,
        constant_work=False,
        constraints=1234,
        wires=1300,
        public_signals=signals,
        witness_checked=True,
        startup_seconds=0.21,
        load_seconds=0.03,
        setup_seconds=1.2,
        proof_json=b'{"pi_a": ["1", "2", "1"]}\n',
        public_json=b'["77", "10000"]\n',
        verification_key_json=b'{"protocol": "groth16"}\n',
        multiplication_seconds=2.7e-9 if profile else None,
    )


def failure(code: str = "unsatisfied-witness", **more: object) -> ErrorView:
    """An error about a constraint with a long name."""
    name = "main.tree.hashers[17].poseidon.ark_and_mix.internal_state_of_round_57_with_a_long_name"
    message = msg("Constraint {number} is not satisfied: {name}.", number=1234, name=name)
    return ErrorView(**{"code": code, "message": message, "hint": msg("Look at the inputs."), **more})
