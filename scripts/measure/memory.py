"""Peak memory of fresh processes that make one proof, beside what the model of `zkcompanion/costs` says."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from zkcompanion.costs.memory import Family, Run
from zkcompanion.costs.needs import Needs, predict
from zkcompanion.costs.shape import CircuitShape, calculator_of, names_of, shape_of_r1cs, shape_of_zkey, system_of
from zkcompanion.proving.backend import load_backend
from zkcompanion.proving.formats.r1cs import read_r1cs

from .corpus import TEST, Sample, make

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Setting:
    """One run to measure."""

    sample: Sample
    threads: int = 1
    kernels: Family = "ifma"
    makes_key: bool = False

    @property
    def name(self) -> str:
        """For tables."""
        extra = (self.kernels if self.kernels != "ifma" else "", "makes its key" if self.makes_key else "")
        return ", ".join(part for part in (self.sample.name, f"{self.threads} threads", *extra) if part)


@dataclass(frozen=True)
class Measured:
    """A setting, the shape and run that the model sees, and what the process held at most."""

    setting: Setting
    shape: CircuitShape
    run: Run
    peak_bytes: int

    def predicted(self) -> Needs:
        """By the constants of this installation."""
        return predict(self.shape, self.run)

    @property
    def error(self) -> float:
        """(predicted - measured) / measured."""
        return self.predicted().peak.likely / self.peak_bytes - 1

    @property
    def error_beyond(self) -> float:
        """|predicted - measured| as a part of what is held beyond interpreter and libraries."""
        needs = self.predicted()
        return abs(needs.peak.likely - self.peak_bytes) / (self.peak_bytes - needs.binding.base)

    @property
    def inside(self) -> bool:
        """Whether the process stayed within the band."""
        band = self.predicted().peak
        return band.low <= self.peak_bytes <= band.high

    def row(self) -> dict[str, object]:
        """For JSON."""
        needs = self.predicted()
        return {
            "name": self.setting.name,
            "wires": self.shape.wires,
            "domain": self.shape.domain,
            "measured_bytes": self.peak_bytes,
            "predicted_bytes": asdict(needs.peak),
            "binds": needs.binding.phase.value,
            "error": round(self.error, 4),
        }


def measure(settings: Iterable[Setting], folder: Path) -> list[Measured]:
    """Make what is missing of the corpus in `folder`, and prove each once in a fresh process.

    Compiled kernels and calculators come from a cache in the same folder: a first, unmeasured run fills it.
    """
    with load_backend("auto", threads=1) as backend:
        folders = {setting.sample: make(setting.sample, folder, backend) for setting in settings}
    home = folder / "home"
    warm: set[tuple[str, str, bool]] = set()
    measured = []
    for setting in settings:
        files = folders[setting.sample]
        tag = (setting.kernels, setting.sample.name if setting.sample.calculates else "", setting.makes_key)
        if tag not in warm:
            _peak(setting, files, home)
            warm.add(tag)
        measured.append(Measured(setting, *look(setting, files), _peak(setting, files, home)))
    return measured


def look(setting: Setting, files: Path) -> tuple[CircuitShape, Run]:
    """What the model sees of it."""
    parts = {kind: files / f"circuit.{kind}" for kind in ("r1cs", "sym", "wasm")}
    there = {kind: path for kind, path in parts.items() if path.is_file()}
    system = read_r1cs(there["r1cs"]) if "r1cs" in there else None
    run = Run(
        threads=setting.threads,
        kernels=setting.kernels,
        system=system_of(system, there["r1cs"].stat().st_size) if system is not None else None,
        names=names_of(there["sym"]) if "sym" in there else None,
        calculator=calculator_of(there["wasm"]) if "wasm" in there else None,
        makes_key=setting.makes_key,
    )
    if setting.makes_key and system is not None:
        return shape_of_r1cs(system), run
    return shape_of_zkey(files / "circuit.zkey"), run


def _peak(setting: Setting, files: Path, home: Path) -> int:
    """VmHWM of one process, as `zkcompanion prove --json` says it."""
    if setting.makes_key:
        shutil.rmtree(home / "data" / "keys", ignore_errors=True)
        bare = files.parent / f"{files.name}.bare"
        shutil.rmtree(bare, ignore_errors=True)
        shutil.copytree(files, bare, ignore=shutil.ignore_patterns("*.zkey"))
        files = bare
    words = [sys.executable, "-P", "-m", "zkcompanion", "prove", str(files), "--json", "--progress", "none"]
    words += ["--threads", str(setting.threads), "--kernels", setting.kernels, "--out", str(home / "proof")]
    environment = os.environ | {"ZKCOMPANION_HOME": str(home), "PYTHONPATH": str(_ROOT)}
    answer = subprocess.run(words, env=environment, capture_output=True, check=False)
    if setting.makes_key:
        shutil.rmtree(files)
    if answer.returncode:
        raise SystemExit(f"{setting.name} cannot be proved: {answer.stderr.decode(errors='replace')}")
    (proof,) = json.loads(answer.stdout)["proofs"]
    peak: int = proof["peak_rss_bytes"]
    return peak


def median_error(measured: Sequence[Measured]) -> float:
    """The figure of P13: the median of |predicted - measured| / measured."""
    return statistics.median(abs(one.error) for one in measured)


def test_settings() -> list[Setting]:
    """The circuits of the test set, by turns with one thread and with two."""
    return [Setting(sample, 1 + index % 2) for index, sample in enumerate(TEST)]


def key_settings() -> list[Setting]:
    """Circuits of the test set that make their key first; they count apart."""
    chosen = [sample for sample in TEST if sample.system and sample.size not in {200, 1500}]
    return [Setting(sample, makes_key=True) for sample in chosen[::2]]
