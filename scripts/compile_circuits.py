"""Compile the bundled circuits with circom2 0.2.23 (circom 2.2.3), or check the files that are there.

    scripts/compile_circuits.py [--check] [--circom2 CLI_JS] [ID ...]

Writes circuit.r1cs, circuit.wasm and circuit.sym beside each circuit.circom; the same sources give the same bytes.
`--check` writes nothing and returns 1 where a file differs. The compiler is the one that run_regression_tests.sh
installs for the interoperability tests; Node.js runs it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[1]
CIRCUITS = ROOT / "resources" / "circuits"
CIRCOM2 = ROOT / "tests" / "interop" / "node_modules" / "circom2" / "cli.js"
#: Where the compiler puts each file, under its output folder.
OUTPUTS = {
    "circuit.r1cs": "{stem}.r1cs",
    "circuit.wasm": "{stem}_js/{stem}.wasm",
    "circuit.sym": "{stem}.sym",
}
#: Removes only signals equal to another or to a constant: full simplification (--O2) would fill the sparse rows of the
#: SHA-256 circuit with the sums that it substitutes.
FLAGS = ("--r1cs", "--wasm", "--sym", "--O1")


def circuit_ids() -> list[str]:
    """Folders with a circuit, by name."""
    return sorted(path.parent.name for path in CIRCUITS.glob("*/circuit.circom"))


def compile_circuit(source: str, circom2: Path, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, bytes]:
    """The compiled files by their names in the tree; `source` is a path under resources/circuits.

    `more` has sources (path to text) to lay beside those of the tree.
    """
    with tempfile.TemporaryDirectory(prefix="zkc-circom-") as folder:
        # the compiler sees nothing above the folder it is started in, and takes relative paths only
        work = Path(folder) / "circuits"
        shutil.copytree(CIRCUITS, work, ignore=shutil.ignore_patterns("*.r1cs", "*.wasm", "*.sym", "*.json"))
        for path, text in more.items():
            (work / path).write_text(text, encoding="utf-8")
        out = work / "out"
        out.mkdir()
        command = ["node", str(circom2), source, *FLAGS, "-o", "out"]
        result = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        stem = Path(source).stem
        produced = {name: out / path.format(stem=stem) for name, path in OUTPUTS.items()}
        if result.returncode != 0 or not all(path.is_file() for path in produced.values()):
            raise RuntimeError(f"{source} does not compile:\n{result.stdout}{result.stderr}")
        return {name: path.read_bytes() for name, path in produced.items()}


def main(arguments: list[str]) -> int:
    """Compile or check; the exit code."""
    parser = argparse.ArgumentParser(description="Compile the bundled circuits.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="circuits to compile (default: all)")
    parser.add_argument("--check", action="store_true", help="compare with the files in the tree, write nothing")
    parser.add_argument("--circom2", type=Path, default=CIRCOM2, metavar="CLI_JS", help="cli.js of the circom2 package")
    options = parser.parse_args(arguments)
    if not options.circom2.is_file():
        parser.error(f"no compiler at {options.circom2}; scripts/run_regression_tests.sh installs it")
    differing = 0
    for circuit_id in options.ids or circuit_ids():
        for name, data in compile_circuit(f"{circuit_id}/circuit.circom", options.circom2.resolve()).items():
            path = CIRCUITS / circuit_id / name
            if path.is_file() and path.read_bytes() == data:
                print(f"{circuit_id}/{name}: unchanged, {len(data)} bytes")
                continue
            differing += 1
            if options.check:
                print(f"{circuit_id}/{name}: differs from a fresh compilation")
            else:
                path.write_bytes(data)
                print(f"{circuit_id}/{name}: written, {len(data)} bytes")
    return 1 if options.check and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
