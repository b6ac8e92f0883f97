"""Provers that a round can run: ours in this warm process, whole processes, and a library in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from proverbench.circuits import Case
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.formats.proofjson import proof_to_json, public_to_json
from zkcompanion.proving.formats.wtns import read_wtns
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.groth16.verify import verify_prepared

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Timing:
    """One proof. `cpu_s` is the time of all threads, which a busy machine hardly changes; `phases` wall seconds."""

    wall_s: float
    cpu_s: float
    phases: dict[str, float] = field(default_factory=dict)


class Prover(Protocol):
    """Opened for a case, asked for proofs, closed. Every proof has been verified when `prove` returns."""

    name: str

    def open(self, case: Case) -> None:
        """Whatever is not in the figure."""

    def prove(self, case: Case) -> Timing:
        """One proof; raises where it does not hold."""

    def close(self) -> None:
        """Let go of the case."""


class Warm:
    """Ours, warm as the design defines it: reading the witness, proving and verifying are in the figure."""

    def __init__(self, backend: Backend, name: str = "ours") -> None:
        self.name = name
        self.load_s = 0.0
        self._backend = backend
        self._key: ProvingKey | None = None

    def open(self, case: Case) -> None:
        """Map the key, sort its rows, and make one proof that is not counted."""
        start = time.perf_counter()
        self._key = ProvingKey.prepare(read_zkey(case.zkey))
        self.load_s = time.perf_counter() - start
        self.prove(case)

    def prove(self, case: Case) -> Timing:
        """See `Prover`; leaves the proof in `ours-*.json` of the case's folder."""
        assert self._key is not None
        trace = RecordingTrace()
        start, cpu = time.perf_counter(), time.process_time()
        proof, public = prove(self._key, read_wtns(case.witness), self._backend, trace=trace)
        verify_prepared(case.prepared, public, proof, pairing=self._backend.pairing)
        timing = Timing(time.perf_counter() - start, time.process_time() - cpu, trace.lap())
        (case.folder / "ours-proof.json").write_bytes(proof_to_json(proof))
        (case.folder / "ours-public.json").write_bytes(public_to_json(public))
        return timing

    def close(self) -> None:
        """Unmap the key."""
        if self._key is not None:
            self._key.zkey.close()
            self._key = None


class WholeProcess:
    """A command that reads key and witness and writes proof and public signals."""

    def __init__(
        self, name: str, command: Callable[[Case, Path, Path], Sequence[str | Path]], cores: set[int] | None = None
    ) -> None:
        self.name = name
        self._command = command
        self._cores = cores

    def open(self, case: Case) -> None:
        """One run that is not counted: files and program are in the system's cache afterwards."""
        self.prove(case)

    def prove(self, case: Case) -> Timing:
        """See `Prover`."""
        proof, public = (case.folder / f"{self.name}-{what}.json" for what in ("proof", "public"))
        command = [str(word) for word in self._command(case, proof, public)]
        timing = run_process(command, self._cores)
        case.verify_files(proof, public)
        return timing

    def close(self) -> None:
        """Nothing is held."""


def run_process(command: Sequence[str], cores: set[int] | None = None) -> Timing:
    """Wall and processor seconds of a process that must succeed; on `cores` only, where they are given."""
    before = os.sched_getaffinity(0)
    start = time.perf_counter()
    if cores is not None:
        os.sched_setaffinity(0, cores)  # the child inherits it
    try:
        process = subprocess.Popen(list(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    finally:
        os.sched_setaffinity(0, before)
    with process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {output[-1000:].decode(errors='replace')}")
    return Timing(wall, used.ru_utime + used.ru_stime)


def rapidsnark(program: Path, cores: set[int] | None) -> WholeProcess:
    """The `prover` of rapidsnark; it takes as many threads as it may use cores."""
    return WholeProcess("rapidsnark", lambda c, proof, public: (program, c.zkey, c.witness, proof, public), cores)


def snarkjs(program: Path, cores: set[int] | None) -> WholeProcess:
    """`snarkjs groth16 prove`."""
    words = "groth16", "prove"
    return WholeProcess("snarkjs", lambda c, proof, public: (program, *words, c.zkey, c.witness, proof, public), cores)


def our_command(threads: int, kernels: str) -> WholeProcess:
    """`zkcompanion groth16 prove`, from start to end; the run that is not counted compiles its kernels."""
    words = sys.executable, "-m", "zkcompanion", "groth16", "prove"
    options = "--threads", str(threads), "--kernels", kernels, "--progress", "none"
    return WholeProcess("ours-cold", lambda c, proof, public: (*words, c.zkey, c.witness, proof, public, *options))


#: Runs in the library's own Python: reads the key, then for each line of input makes a proof and prints its times.
_LIBRARY = """
import sys, time, groth16py
key, _ = groth16py.import_zkey(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    proof = groth16py.prove_wtns(key, sys.argv[2])
    print(time.perf_counter() - wall, time.process_time() - cpu, proof.hex(), flush=True)
"""


class Groth16py:
    """The library groth16py, warm: the key is imported before, reading the witness and proving are in the figure.

    `threads`: through RAYON_NUM_THREADS. Its proof comes as 8 numbers of 32 bytes, big-endian, Fp2 with the imaginary
    part first (EIP-197's order).
    """

    name = "groth16py"

    def __init__(self, python: Path, threads: int) -> None:
        self._python = python
        self._environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
        self._process: subprocess.Popen[str] | None = None

    def open(self, case: Case) -> None:
        """Start the process, import the key, and make one proof that is not counted."""
        command = [str(self._python), "-c", _LIBRARY, str(case.zkey), str(case.witness)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=self._environment, text=True, stdin=pipe, stdout=pipe)
        self._line()
        self.prove(case)

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("groth16py failed")
        return line

    def prove(self, case: Case) -> Timing:
        """See `Prover`."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        wall, cpu, proof = self._line().split()
        case.verify(proof_from_words(bytes.fromhex(proof)), case.public)
        return Timing(float(wall), float(cpu))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate("")
            self._process = None


def proof_from_words(data: bytes) -> Proof:
    """A proof of eight 32-byte numbers in EIP-197's order."""
    ax, ay, bx1, bx0, by1, by0, cx, cy = (int.from_bytes(data[i : i + 32], "big") for i in range(0, 256, 32))
    return Proof((ax, ay), ((bx0, bx1), (by0, by1)), (cx, cy))
