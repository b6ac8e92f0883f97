"""A cancel ends every phase of a proof in a worker within half a second, and the worker or its successor goes on."""

import sys
import time

import pytest

from tests.support.circuits import Circuit
from tests.support.cli import home_with_kernels
from tests.support.guests import LOOP, guest
from tests.support.services import FOREVER, Window, order_of
from tests.support.workers import plain_main
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX
from zkcompanion.base.messages import msg
from zkcompanion.proving.formats.zkey import write_zkey

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

LIMIT_S = 0.5
#: One cancel may be heard late because the machine is busy with something else; not three times in a row.
ATTEMPTS = 3
PROVING = ["load", "witness", "check", "constraints", "transforms", "sum-a", "sum-b1", "sum-b2", "sum-c", "sum-h"]


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    home = home_with_kernels(tmp_path_factory.mktemp("cancel") / "home")
    with plain_main(), Window(home) as made:
        assert made.end_of(made.service.submit(order_of("sha256-preimage"))).state == "done"
        yield made


def cancelled_s(window, job, phase):
    """Seconds from the cancel in a phase to the end of the job."""
    window.in_phase(job, phase)
    begin_s = time.perf_counter()
    window.service.cancel(job)
    view = window.end_of(job)
    seconds = time.perf_counter() - begin_s
    assert view.state == "cancelled"
    assert view.error is None
    # in `state` the history of this very run is being written
    assert [*(window.dirs.data).rglob(f"*{TEMPORARY_SUFFIX}")] == []
    return seconds


def assert_quick(window, order, phase):
    times = []
    for _ in range(ATTEMPTS):
        times.append(cancelled_s(window, window.service.submit(order), phase))
        if times[-1] < LIMIT_S:
            return
    pytest.fail(f"{phase}: {times}")


@pytest.mark.parametrize("phase", [*PROVING, "assemble", "verify"])
def test_a_proof_ends_in_every_phase(window, phase):
    assert_quick(window, order_of("sha256-preimage", repeat=FOREVER), phase)
    assert window.service.workers()[0].deaths == 0


def test_the_next_job_works_after_all_that(window):
    assert window.end_of(window.service.submit(order_of("sha256-preimage"))).state == "done"


@pytest.fixture
def order_with(tmp_path):
    """An order for a circuit of three wires, two of which are inputs, with a witness program."""

    def make(wasm):
        files = CircuitFiles("small", zkey=tmp_path / "small.zkey", wasm=tmp_path / "small.wasm")
        write_zkey(files.zkey, Circuit([({0: 1}, {1: 1}, {1: 1})], 1, [1, 1, 2]).key())
        files.wasm.write_bytes(wasm)
        return ProofOrder(files, msg("Small"), "", inputs=b'{"x": ["1", "2"]}')

    return make


def test_an_endless_witness_calculation_ends(window, order_with):
    assert_quick(window, order_with(guest(setInputSignal=f"(param i32 i32 i32) {LOOP}")), "witness")


def test_a_witness_program_that_takes_long_to_compile_ends(window, order_with):
    body = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 7)) (local.get 1)))" * 400_000
    order = order_with(guest(extra=f"(func (param i32 i32) {body})"))
    assert_quick(window, order, "load")
    assert window.end_of(window.service.submit(order_of("sha256-preimage"))).state == "done"


def test_making_a_key_ends_and_leaves_no_half_key(tmp_path):
    home = home_with_kernels(tmp_path / "home")
    with plain_main(), Window(home) as window:
        assert_quick(window, order_of("sha256-preimage"), "setup")
        assert list((home / "data" / "keys").iterdir()) == []


def test_compiling_the_kernels_ends(tmp_path):
    for attempt in range(ATTEMPTS):
        with plain_main(), Window(tmp_path / f"home{attempt}") as window:
            if cancelled_s(window, window.service.submit(order_of("sha256-preimage")), "compile") < LIMIT_S:
                return
    pytest.fail("too slow")
