"""Circuits to measure memory with, in two sets that have no circuit in common: to calibrate, and to test.

Three sources: circuits generated on the spot (dense, bits, mix; they come with a witness), circuits that circom
compiles from templates of `resources/circuits/lib` (they come with a witness calculator), and the bundled examples.
Each lies in a folder of its own with a development key, made at the first use and kept.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from compile_circuits import CIRCOM2, CIRCUITS, compile_circuit

from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.formats.r1cs import read_r1cs, write_r1cs
from zkcompanion.proving.formats.wtns import write_wtns
from zkcompanion.proving.groth16.development import write_development_key

_HEAD = "pragma circom 2.1.0;\n"
_SOURCES = {
    "poseidon": _HEAD
    + """include "lib/poseidon.circom";
template Chain(n) {
    signal input in[2];
    signal output out;
    component hash[n];
    for (var i = 0; i < n; i++) {
        hash[i] = Poseidon(2);
        if (i == 0) {
            hash[i].in[0] <== in[0];
        } else {
            hash[i].in[0] <== hash[i - 1].out;
        }
        hash[i].in[1] <== in[1];
    }
    out <== hash[n - 1].out;
}
component main = Chain(COUNT);
""",
    "sha256": _HEAD
    + """include "lib/sha256.circom";
template Hashes(n) {
    signal input in[n];
    signal output out[n];
    component hash[n];
    for (var k = 0; k < n; k++) {
        hash[k] = Sha256Bytes(32);
        for (var i = 0; i < 32; i++) {
            hash[k].message[i] <== in[k];
        }
        var value = 0;
        for (var i = 31; i >= 0; i--) {
            value = value + value + hash[k].digest[0][i];
        }
        out[k] <== value;
    }
}
component main = Hashes(COUNT);
""",
}
_INPUTS: dict[str, Callable[[int], list[str]]] = {
    "poseidon": lambda _: ["3", "5"],
    "sha256": lambda count: [str(7 * i % 256) for i in range(count)],
}


@dataclass(frozen=True)
class Sample:
    """A circuit and how to prove it. `system`: the constraints lie beside the key, so that the witness is checked."""

    kind: str
    size: int
    system: bool = True

    @property
    def name(self) -> str:
        """For tables and folders."""
        return f"{self.kind}-{self.size}" if self.size else self.kind

    @property
    def calculates(self) -> bool:
        """Whether a witness calculator runs."""
        return self.kind not in {"dense", "bits", "mix"}


def _generated(sizes: dict[str, tuple[int, ...]]) -> Iterator[Sample]:
    for kind, counts in sizes.items():
        for index, count in enumerate(counts):
            yield Sample(kind, count, system=index % 2 == 0)


#: What constants are fitted to. Domains from 2^8 to 2^18.
CALIBRATION = (
    *_generated(
        {
            "dense": (254, 254 * 2, 3000, 8190, 16382, 28000, 32766, 65534, 131070),
            "bits": (2046, 4094, 16382, 24000, 32766, 65534, 131070),
            "mix": (1022, 8190, 40000, 65534, 131070, 150000),
        }
    ),
    Sample("poseidon", 2),
    Sample("poseidon", 25),
    Sample("poseidon", 130),
    Sample("poseidon", 300),
    Sample("sha256", 3),
    Sample("sha256", 6),
)
#: What predictions are compared with; none of them stands above.
TEST = (
    *_generated(
        {
            "dense": (200, 1500, 6000, 13000, 20000, 45000, 100000),
            "bits": (900, 3000, 12000, 30000, 50000, 90000),
            "mix": (400, 2500, 10000, 22000, 36000, 75000, 120000, 200000),
        }
    ),
    Sample("poseidon", 6),
    Sample("poseidon", 60),
    Sample("poseidon", 220),
    Sample("poseidon", 420),
    Sample("sha256", 2),
    Sample("sha256", 4),
    *(Sample(path.parent.name, 0) for path in sorted(CIRCUITS.glob("*/circuit.circom"))),
)


def make(sample: Sample, folder: Path, backend: Backend) -> Path:
    """The sample's files in a folder of its own inside `folder`: made, or taken from an earlier run."""
    own = folder / sample.name
    if (own / "circuit.zkey").is_file():
        return own
    draft = folder / f"{sample.name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if not sample.calculates:
        system, witness = generate_sized(sample.kind, sample.size)
        write_r1cs(draft / "circuit.r1cs", system)
        write_wtns(draft / "circuit.wtns", witness)
        del system, witness
    elif sample.size:
        source = _SOURCES[sample.kind].replace("COUNT", str(sample.size))
        files = compile_circuit("circuit.circom", CIRCOM2, {"circuit.circom": source})
        for name, data in files.items():
            (draft / name).write_bytes(data)
        (draft / "input.json").write_text(json.dumps({"in": _INPUTS[sample.kind](sample.size)}), encoding="utf-8")
    else:
        for name in ("circuit.r1cs", "circuit.wasm", "circuit.sym", "input.json"):
            shutil.copy(CIRCUITS / sample.kind / name, draft / name)
    write_development_key(draft / "circuit.zkey", read_r1cs(draft / "circuit.r1cs"), backend)
    if not sample.system:
        (draft / "circuit.r1cs").unlink()
    draft.rename(own)
    return own


def digest(folder: Path) -> str:
    """Of what was proved, to name it in a table of results."""
    return hashlib.blake2b((folder / "circuit.zkey").read_bytes(), digest_size=6).hexdigest()
