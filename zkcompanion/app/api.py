"""The public Python interface: what the command line does, from a program. `zkcompanion` itself exports these names."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from zkcompanion.app.application import Application
from zkcompanion.app.choose import FileRole
from zkcompanion.app.settings import KERNEL_KINDS, KernelKind, Settings, usable_cpus
from zkcompanion.app.timing import Listener, RecordingTrace
from zkcompanion.app.views import ProvingView, VerificationView
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg

StrPath = str | os.PathLike[str]


def prove(
    circuit: StrPath,
    *,
    input: StrPath | None = None,
    witness: StrPath | None = None,
    zkey: StrPath | None = None,
    wasm: StrPath | None = None,
    r1cs: StrPath | None = None,
    sym: StrPath | None = None,
    out: StrPath | None = None,
    repeat: int = 1,
    threads: int | None = None,
    kernels: KernelKind = "auto",
    constant_work: bool = False,
    profile: bool = False,
    cancel: threading.Event | None = None,
    listener: Listener | None = None,
) -> ProvingView:
    """Make a proof, verify it, and return it with its times; as `zkcompanion prove`.

    Args:
        circuit: a bundled example's id, a folder with a circuit's files, a `.zkey` or an `.r1cs`.
        input: the inputs as a JSON file; for an example its own where None.
        witness: a `.wtns` instead of inputs.
        zkey: the key, where it is not beside the circuit; `wasm`, `r1cs`, `sym` likewise.
        wasm: the witness calculator.
        r1cs: the constraints; with them the witness is checked before proving.
        sym: the names of the signals, for messages.
        out: the folder for `proof.json`, `public.json` and `verification_key.json`; None writes nothing.
        repeat: how many proofs; the result's `proof_json` and the files are those of the last.
        threads: of one proof; as many as this process may use where None.
        kernels: `auto`, `ifma`, `scalar` or `reference`.
        constant_work: let the time of a proof tell nothing of the witness; it takes longer for it
            (`docs/constant-work.md`).
        profile: count the work of each phase and measure what this machine could do at most (`ProofView.profile`).
        cancel: set it from another thread to stop the work within half a second.
        listener: hears the events of `zkcompanion.app.timing`, in whatever thread they happen.

    Returns: the proof, the public signals and the verification key as the bytes of their JSON files, whether the key is
        `ok`, `development` or `insecure`, times and memory. A circuit without a key gets a development key, made once
        and kept in the program's data folder: good for trying things out, never for anything of value.
    Raises: the classes of `zkcompanion.base.errors`: UsageError, FileError, InputError, UnsatisfiedWitnessError,
        InvalidProofError, ResourceError, Cancelled. Then nothing is written.
    """
    given: dict[FileRole, StrPath | None] = {
        "input": input,
        "witness": witness,
        "zkey": zkey,
        "wasm": wasm,
        "r1cs": r1cs,
        "sym": sym,
    }
    chosen = {role: Path(path) for role, path in given.items() if path is not None}
    if repeat < 1:
        raise UsageError(msg("repeat is a whole number from 1."))
    trace = RecordingTrace(cancel=cancel, listener=listener)
    folder = None if out is None else Path(out)
    with Application(_settings(threads, kernels, constant_work=constant_work)) as app:
        return app.prove_circuit(
            os.fspath(circuit),
            chosen,
            trace,
            out=folder,
            repeat=repeat,
            write=folder is not None,
            profile=profile,
        )


def verify(
    verification_key: StrPath,
    public: StrPath,
    proof: StrPath,
    *,
    allow_insecure_key: bool = False,
    kernels: KernelKind = "auto",
) -> VerificationView:
    """The verdict on a proof in three JSON files; as `zkcompanion groth16 verify`.

    Args:
        verification_key: as `snarkjs zkey export verificationkey` writes it.
        public: the public signals.
        proof: the proof.
        allow_insecure_key: accept a key for which anyone can forge proofs.
        kernels: `auto`, `scalar` or `reference`.

    Returns: `verified`, and where it is False the `reason` (a stable word) and a `message`.
    Raises: FileError for a file that is not what it should be, UsageError.
    """
    with Application(_settings(1, kernels)) as app:
        return app.verification.verify_files(
            Path(verification_key), Path(public), Path(proof), RecordingTrace(), allow_insecure_key=allow_insecure_key
        )


def _settings(threads: int | None, kernels: KernelKind, *, constant_work: bool = False) -> Settings:
    if kernels not in KERNEL_KINDS:
        raise UsageError(msg("kernels is one of {kinds}.", kinds=", ".join(KERNEL_KINDS)))
    if threads is not None and threads < 1:
        raise UsageError(msg("threads is a whole number from 1."))
    count = usable_cpus() if threads is None else threads
    return Settings(threads=count, kernels=kernels, constant_work=constant_work)
