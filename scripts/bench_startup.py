#!/usr/bin/env python3
"""What a user waits for before a proof begins: the interpreter, imports, kernels from the cache or compiled, the key.

    scripts/bench_startup.py [--kernels auto|ifma|scalar] [--rounds 7] [--power 17] [--json]

Each round runs a fresh process of the checkout's own package, with a home folder and byte code of its own that an
uncounted first run fills. Processor time counts the process from its start, all its threads; where other programs
disturb, it says more than the wall clock, which stands beside it. Each figure is the median; the least is given too.

`to the first phase` ends where the command begins to read the key, `to the proof` where it begins to read the witness.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
ROOT = SCRIPTS.parent
sys.path[:0] = [str(ROOT), str(SCRIPTS)]  # the checkout's own package, wherever this is run from

from proverbench import machine  # noqa: E402

from zkcompanion.base.sealed import SealedStore  # noqa: E402
from zkcompanion.benchmarks.generated import generate_circuit  # noqa: E402
from zkcompanion.proving.backend import load_backend  # noqa: E402
from zkcompanion.proving.formats.wtns import write_wtns  # noqa: E402
from zkcompanion.proving.groth16.development import write_development_key  # noqa: E402

#: The command line, saying on standard error when each phase begins: name, processor time, clock.
COMMAND = """
import sys, time
from zkcompanion.app.timing import RecordingTrace
begin = RecordingTrace.begin
def noted(self, phase, steps=0):
    print("mark", phase.value, time.process_time(), time.monotonic(), file=sys.stderr)
    begin(self, phase, steps)
RecordingTrace.begin = noted
from zkcompanion.__main__ import main
sys.exit(main())
"""

#: Once everything is imported: each step of the preparation of a proof with its processor and wall seconds, as JSON.
STEPS = """
import json, sys, time
from pathlib import Path
import zkcompanion.app.proving_service
from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.backend import PROVING, VERIFYING, load_backend
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.groth16.prove import ProvingKey
home, kind, key = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
steps = {}
def step(name, work):
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    steps[name] = time.process_time() - cpu, time.perf_counter() - wall
    return result
store = SealedStore(home / "cache" / "code", home / "data" / "seal.key")
def kernels():
    backend = load_backend(kind, threads=1, store=store)
    backend.load((*PROVING, *VERIFYING))
    return backend
backend = step("kernels from the cache", kernels)
assert not backend.compiled, backend.compiled
zkey = step("key: map and check", lambda: read_zkey(Path(key)))
step("key: look for weaknesses", lambda: inspect_zkey(zkey, backend.pairing))
step("key: sort into rows", lambda: ProvingKey.prepare(zkey))
print(json.dumps(steps))
"""

#: Compiles each group of both families once; thread time, so that nothing else counts.
COMPILE = """
import json, time
from zkcompanion.proving.kernels import jit
figures = {}
for module in dict.fromkeys((*jit.SCALAR_GROUPS.values(), *jit.IFMA_GROUPS.values())):
    cpu, wall = time.thread_time(), time.perf_counter()
    jit.compile_group(module, "bench")
    figures[module] = time.thread_time() - cpu, time.perf_counter() - wall
families = {"scalar": jit.SCALAR_GROUPS} | ({"ifma": jit.IFMA_GROUPS} if jit.cpu_has_ifma() else {})
print(json.dumps({"modules": figures, "families": {name: list(groups.values()) for name, groups in families.items()}}))
"""

Times = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Figure:
    """Seconds, processor and wall; `goal_s` is for either, None where there is none."""

    name: str
    cpu_s: float
    wall_s: float
    least_cpu_s: float
    least_wall_s: float
    goal_s: float | None = None


class Runner:
    """Fresh processes of the checkout's package with a home of their own."""

    def __init__(self, folder: Path, kernels: str, home: Path | None = None) -> None:
        self.home = home or folder / "home"
        self.kernels = kernels
        unset = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in unset},
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
            "ZKCOMPANION_HOME": str(self.home),
        }

    def run(self, command: Sequence[str]) -> tuple[str, str, float, float, float]:
        """Output, errors, when it started (monotonic), processor and wall seconds of a process that must succeed."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment, cwd="/", check=False)
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(f"{command[:4]} failed: {done.stdout[-500:]}{done.stderr[-1000:]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return done.stdout, done.stderr, start, cpu, wall

    def python(self, *words: str) -> tuple[str, str, float, float, float]:
        """The interpreter that runs this, without the current folder on its path."""
        return self.run([sys.executable, "-P", *words])

    def command_line(self, label: str, key: Path) -> Times:
        """`groth16 prove`: until its first phase, until the proof, and as a whole."""
        outputs = (str(key.with_name(name)) for name in ("proof.json", "public.json"))
        words = ("groth16", "prove", str(key), str(key.with_suffix(".wtns")), *outputs)
        _, errors, start, cpu, wall = self.python("-c", COMMAND, *words, "--quiet", "--kernels", self.kernels)
        marks: Times = {}
        for line in errors.splitlines():
            _, phase, at_cpu, at_wall = line.split()
            marks.setdefault(phase, (float(at_cpu), float(at_wall) - start))
        return {
            f"{label}: to the first phase": marks["load"],
            f"{label}: to the proof": marks["witness"],
            f"{label}: the whole command": (cpu, wall),
        }

    def whole(self, *words: str) -> tuple[float, float]:
        """Processor and wall seconds of a process."""
        return self.python(*words)[3:]

    def wrapper(self) -> tuple[float, float]:
        """What scripts/zkcompanion does before it hands over: see that the environment is the one of the lock."""
        program = 'source "$0" && zkc_is_ready requirements.lock || true'
        return self.run(["bash", "-c", program, str(SCRIPTS / "setup_environment.sh")])[3:]

    def steps(self, key: Path) -> Times:
        """Kernels and key, one after the other."""
        found = json.loads(self.python("-c", STEPS, str(self.home), self.kernels, str(key))[0])
        return {name: (cpu, wall) for name, (cpu, wall) in found.items()}


#: Seconds that were asked for: processor or wall, whichever is meant by a reader of an idle machine.
GOALS: Mapping[str, float] = {
    "small key: to the first phase": 0.4,
    "kernels from the cache": 0.05,
    "compile: all of scalar": 5.0,
    "compile: all of ifma": 5.0,
}


def one_round(runner: Runner, small: Path, large: Path) -> Iterator[tuple[str, tuple[float, float]]]:
    """Every figure but those of the compiler, once."""
    yield "interpreter alone", runner.whole("-c", "pass")
    yield "zkcompanion --version", runner.whole("-m", "zkcompanion", "--version")
    yield "scripts/zkcompanion adds", runner.wrapper()
    yield from runner.command_line("small key", small).items()
    yield from runner.command_line("large key", large).items()
    yield from runner.steps(large).items()


def compile_round(runner: Runner) -> Iterator[tuple[str, tuple[float, float]]]:
    """Each group of kernels, and each family as a whole."""
    found = json.loads(runner.python("-c", COMPILE)[0])
    for module, (cpu, wall) in found["modules"].items():
        yield f"compile: {module.rpartition('.')[2]}", (cpu, wall)
    for family, modules in found["families"].items():
        cpu, wall = (sum(found["modules"][module][i] for module in modules) for i in (0, 1))
        yield f"compile: all of {family}", (cpu, wall)


def median_figures(rounds: Sequence[Times]) -> list[Figure]:
    """The median and the least of each figure over the rounds."""
    figures = []
    for name in rounds[0]:
        cpu, wall = ([times[name][i] for times in rounds] for i in (0, 1))
        middle = statistics.median(cpu), statistics.median(wall)
        figures.append(Figure(name, *middle, min(cpu), min(wall), GOALS.get(name)))
    return figures


def make_key(folder: Path, power: int, home: Path) -> Path:
    """A development key and a witness of a generated circuit, half Poseidon and half SHA-256, of 2^power points."""
    r1cs, witness = generate_circuit("mix", power)
    key = folder / f"mix{power}.zkey"
    store = SealedStore(home / "cache" / "code", home / "data" / "seal.key")
    with load_backend("auto", threads=len(os.sched_getaffinity(0)), store=store) as backend:
        write_development_key(key, r1cs, backend)
    write_wtns(key.with_suffix(".wtns"), witness)
    return key


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", choices=("auto", "ifma", "scalar"), default="auto")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compile-rounds", type=int, default=2, help="the compiler is slow; 0 leaves it out")
    parser.add_argument("--power", type=int, default=17, help="log2 of the large key's domain; 17: 62 MB")
    parser.add_argument("--home", type=Path, help="a home folder where kernels are compiled already")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zkc-bench-") as folder:
        runner = Runner(Path(folder), options.kernels, options.home)
        small, large = (make_key(Path(folder), power, runner.home) for power in (10, options.power))
        large_bytes = large.stat().st_size
        dict(one_round(runner, small, large))  # fills the caches and is not counted
        figures = median_figures([dict(one_round(runner, small, large)) for _ in range(options.rounds)])
        if options.compile_rounds:
            figures += median_figures([dict(compile_round(runner)) for _ in range(options.compile_rounds)])
    about = {**machine.describe(), "kernels": options.kernels, "rounds": options.rounds, "large_key_bytes": large_bytes}
    if options.json:
        print(json.dumps({"machine": about, "figures": [asdict(figure) for figure in figures]}, indent=2))
        return 0
    print(f"{about['cpu']}, kernels {options.kernels}, large key {large_bytes / 1e6:.0f} MB, medians; seconds")
    print(f"{'':34} {'processor':>10} {'wall':>8} {'least':>8} {'goal':>6}")
    for figure in figures:
        goal = "" if figure.goal_s is None else f"{figure.goal_s:6.2f}"
        print(f"{figure.name:34} {figure.cpu_s:10.4f} {figure.wall_s:8.4f} {figure.least_cpu_s:8.4f} {goal}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
