"""A command loads what it needs: a list of modules that a proof from a witness does without, for a quick start."""

import importlib.util
import sys

import pytest

from tests.conftest import ROOT
from tests.support.circuit_folder import make_folder
from tests.support.processes import run_bare

pytestmark = [pytest.mark.integration, pytest.mark.kernels]

#: Others' packages: for tests, for windows and reports, for witnesses from inputs. A name stands for all below it.
PACKAGES = {
    "PySide6",
    "asyncio",
    "concurrent.futures",
    "hypothesis",
    "jsonschema",
    "matplotlib",
    "multiprocessing",
    "numpy.fft",
    "numpy.ma",
    "numpy.polynomial",
    "numpy.random",
    "numpy.testing",
    "psutil",
    "pytest",
    "scipy",
    "sqlite3",
    "unittest",
    "wasmtime",
    "xml",
}
#: Ours: for witnesses from inputs, for keys, for arithmetic without kernels.
OURS = {
    "zkcompanion.app.api",
    "zkcompanion.app.choose",
    "zkcompanion.app.examples",
    "zkcompanion.app.inspection_service",
    "zkcompanion.app.selftest",
    "zkcompanion.app.setup_service",
    "zkcompanion.benchmarks",
    "zkcompanion.proving.formats.ptau",
    "zkcompanion.proving.groth16.development",
    "zkcompanion.proving.groth16.setup",
    "zkcompanion.proving.reference.drivers",
    "zkcompanion.proving.reference.pairing",
    "zkcompanion.proving.witness.calculator",
    "zkcompanion.proving.witness.sandbox",
}

PROGRAM = """
import sys
from zkcompanion.cli.main import main
code = main(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""


def loaded(*words, cwd):
    """Modules after a command, run twice: the first run may compile kernels, which needs their generator."""
    for _ in range(2):
        done = run_bare(sys.executable, "-P", "-c", PROGRAM, *words, cwd=cwd, PYTHONPATH=str(ROOT))
        assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def needless(modules):
    def listed(module):
        return any(module == name or module.startswith(name + ".") for name in PACKAGES | OURS)

    return set(filter(listed, modules))


def test_a_proof_from_a_witness_loads_nothing_that_it_does_not_use(tmp_path):
    folder = make_folder(tmp_path / "circuit")
    modules = loaded("groth16", "prove", folder.zkey, folder.witness, "--quiet", cwd=tmp_path)
    assert "zkcompanion.proving.groth16.prove" in modules
    assert needless(modules) == set()
    # object code comes from the cache without what makes it
    assert sorted(m for m in modules if m.startswith("zkcompanion.proving.kernels.") and m.endswith("_ops")) == []


def test_a_command_that_computes_nothing_loads_neither_numpy_nor_the_compiler(tmp_path):
    modules = loaded("--version", "--quiet", cwd=tmp_path)
    assert sorted(m for m in modules if m.partition(".")[0] in {"numpy", "llvmlite", "wasmtime"}) == []


def test_the_list_is_of_modules_that_there_are_and_stands_for_what_lies_below_them():
    assert [name for name in OURS if importlib.util.find_spec(name) is None] == []
    assert needless({"numpy", "numpy.ma", "numpy.ma.core", "numpy.matrixlib"}) == {"numpy.ma", "numpy.ma.core"}
