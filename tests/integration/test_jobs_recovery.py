"""A job goes on where its worker died: in every phase, at any moment, with other kernels, and nothing is left of it."""

import contextlib
import json
import queue
import random
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import home_with_kernels
from tests.support.kernels import ifma_missing
from tests.support.services import Window, open_dying, order_of
from tests.support.workers import plain_main
from zkcompanion.app import worker_pool
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.history import HistoryChanged
from zkcompanion.app.job_state import PLAN
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.settings import Settings
from zkcompanion.base.messages import msg
from zkcompanion.proving.kernels.jit import cpu_has_ifma

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's"),
]
EXAMPLE = "funds-above-threshold"
BEST = "ifma" if cpu_has_ifma() else "scalar"
#: What each worker does for itself.
LOADING = ("load",)
OF_A_PROOF = tuple(phase for phase in PLAN if phase not in LOADING)
#: Phases of which nothing is kept but what the next one makes of it.
NOT_KEPT = ("constraints", "verify")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """With the circuit's key."""
    folder = home_with_kernels(tmp_path_factory.mktemp("home") / "home")
    with plain_main(), Window(folder) as window:
        assert window.end_of(window.service.submit(order_of(EXAMPLE))).state == "done"
    return folder


@pytest.fixture
def dies(monkeypatch, tmp_path):
    """Have workers die as the words say (`open_dying`)."""

    def plan(**words):
        words = {"signal": signal.SIGKILL, "when": ["begin"], "marker": str(tmp_path / "died")} | words
        monkeypatch.setenv("ZKC_TEST_DIES", json.dumps(words))
        monkeypatch.setattr(worker_pool, "open_worker", open_dying)

    return plan


def scratches():
    """Memory without a name that this process and its children hold."""
    own = psutil.Process()
    found = []
    for process in (own, *own.children(recursive=True)):
        with contextlib.suppress(OSError):
            for path in Path(f"/proc/{process.pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(path.readlink()).startswith("/memfd:"):
                        found.append(f"{process.pid}: {path.name}")
    return found


def run(window, **more):
    """A run to its end; its last view, and the views of it."""
    before = len(window.history.records())
    recorded = queue.Queue()
    window.bus.subscribe(HistoryChanged, recorded.put)
    number = window.service.submit(order_of(EXAMPLE, **more))
    views = []
    window.wait_for(number, lambda view: views.append(view) or view.ended)
    recorded.get(timeout=60)
    assert len(window.history.records()) == before + 1, "it ended once"
    assert scratches() == [], "nothing is left"
    return views[-1], views


def went_on_from(phase):
    """The phases that are not gone through again where a worker died in one, and the first that is."""
    done = OF_A_PROOF[: OF_A_PROOF.index(phase)]
    while done and done[-1] in NOT_KEPT:
        done = done[:-1]
    return done, OF_A_PROOF[len(done)]


def check(view, phase, *, number=0):
    """That the proof of a run went on from there."""
    assert (view.state, view.deaths) == ("done", 1), view.error
    assert view.result.verified
    done, first = went_on_from(phase)
    proof = view.result.proofs[number]
    assert proof.resumed == done
    assert tuple(name for name in proof.phases if name in OF_A_PROOF) == OF_A_PROOF[len(done) :]
    assert view.resumed_from == (first if done or number else None)
    assert [entry.phase for entry in view.phases if entry.resumed] == list(done)
    assert all(entry.state == "done" for entry in view.phases)


@pytest.mark.parametrize("phase", PLAN)
def test_a_worker_killed_in_a_phase_costs_no_earlier_phase(dies, home, phase):
    dies(phase=phase)
    with plain_main(), Window(home) as window:
        view, _ = run(window)
        if phase in LOADING:
            assert (view.state, view.deaths, view.resumed_from) == ("done", 1, None)
            assert view.result.proofs[0].resumed == ()
        else:
            check(view, phase)
        record = window.history.records()[0]
        assert (record.outcome, record.proofs) == ("verified", 1)
        assert (record.seconds is None) == bool(view.result.proofs[0].resumed), "what is left is not how long it takes"


@pytest.mark.parametrize("phase", OF_A_PROOF)
def test_a_phase_whose_end_was_not_noted_is_gone_through_again(dies, home, phase):
    dies(phase=phase, when=["end"])
    with plain_main(), Window(home) as window:
        check(run(window)[0], phase)


@pytest.mark.parametrize("phase", ["transforms", "sum-a", "sum-b2", "sum-h"])
def test_a_worker_killed_in_the_middle_of_a_phase_costs_no_earlier_phase(dies, home, phase):
    dies(phase=phase, when=["advance"], after=1)
    with plain_main(), Window(home) as window:
        check(run(window)[0], phase)


def test_in_constant_work_it_goes_on_too(dies, home):
    dies(phase="sum-c")
    with plain_main(), Window(home, Settings(constant_work=True)) as window:
        view, _ = run(window)
        check(view, "sum-c")
        assert view.result.constant_work


def test_a_profile_tells_of_the_phases_that_were_gone_through(dies, home):
    dies(phase="sum-b1")
    with plain_main(), Window(home) as window:
        view, _ = run(window, profile=True)
        check(view, "sum-b1")
        profile = view.result.proofs[0].profile
        assert set(profile.phases) == set(view.result.proofs[0].phases)
        assert profile.phases["sum-b1"].field_multiplications > 0
        assert "sum-a" not in profile.phases


def test_of_a_run_the_proofs_that_were_made_are_kept(dies, home):
    dies(phase="sum-b2", after=2)
    with plain_main(), Window(home) as window:
        view, views = run(window, repeat=4)
        assert (view.state, view.deaths, view.resumed_from) == ("done", 1, "sum-b2"), view.error
        assert [bool(proof.resumed) for proof in view.result.proofs] == [False, False, True, False]
        assert view.result.proofs[2].resumed == OF_A_PROOF[: OF_A_PROOF.index("sum-b2")]
        assert all(one.number > 2 for one in views if one.resumed_from)
        assert window.history.records()[0].seconds is not None, "of the proofs that one worker made"


def test_the_view_says_what_was_kept_while_it_goes_on(dies, home):
    dies(phase="sum-a")
    with plain_main(), Window(home) as window:
        views = []
        number = window.service.submit(order_of("sha256-preimage"))
        window.wait_for(number, lambda view: views.append(view) or view.ended)
        assert views[-1].state == "done", views[-1].error
        on = [view for view in views if view.state == "running" and view.resumed_from == "sum-a"]
        assert on
        kept = [entry for entry in on[-1].phases if entry.resumed]
        assert [entry.phase for entry in kept] == list(OF_A_PROOF[: OF_A_PROOF.index("sum-a")])
        assert all(entry.state == "done" and entry.share == 1.0 for entry in kept)
        assert any(entry.seconds > 0 for entry in kept), "what they took in the worker that died"
        waiting = [view for view in views if view.deaths and view.state == "waiting"]
        assert waiting
        assert not any(entry.resumed for view in waiting for entry in view.phases)


@pytest.mark.parametrize(
    ("families", "kernels"),
    [
        pytest.param(("ifma",), "scalar", marks=ifma_missing),
        pytest.param(("ifma", "scalar"), "reference", id="reference"),
    ],
)
def test_a_proof_goes_on_with_other_kernels(dies, tmp_path, families, kernels):
    """Those of two families crash in the sum over G2; what they had finished by then is used."""
    folder = make_folder(tmp_path / "small")
    order = ProofOrder(CircuitFiles("small", zkey=folder.zkey, witness=folder.witness), msg("Small"), "")
    dies(phase="sum-b2", families=families, signal=signal.SIGSEGV)
    with plain_main(), Window(home_with_kernels(tmp_path / "home")) as window:
        view = window.end_of(window.service.submit(order))
        assert view.state == "done", view.error
        assert view.result.kernels == kernels
        (proof,) = view.result.proofs
        assert proof.resumed == ("witness", "constraints", "transforms", "sum-a", "sum-b1")
        assert "sum-a" not in proof.phases
        assert scratches() == []


@pytest.mark.parametrize("seed", range(8))
def test_a_worker_killed_at_any_moment_costs_nothing_but_time(dies, home, seed):
    """By a clock that goes off whatever runs then, kernels too; it begins with a phase drawn at random."""
    draw = random.Random(seed)
    dies(signal=signal.SIGALRM, phase=draw.choice(OF_A_PROOF[:-1]), alarm_s=draw.uniform(1e-6, 0.03))
    with plain_main(), Window(home) as window:
        view, _ = run(window, repeat=2)
        assert view.state == "done", view.error
        assert view.result.verified
        assert len(view.result.proofs) == 2
        for proof in view.result.proofs:
            names = [name for name in proof.phases if name in OF_A_PROOF]
            assert sorted((*proof.resumed, *names), key=OF_A_PROOF.index) == list(OF_A_PROOF), "each phase once"


def test_a_cancelled_job_leaves_nothing_of_what_was_kept(home):
    with plain_main(), Window(home) as window:
        number = window.service.submit(order_of("sha256-preimage", repeat=100))
        window.in_phase(number, "sum-b2")
        assert scratches(), "it is there while the job runs"
        window.service.cancel(number)
        assert window.end_of(number).state == "cancelled"
        window.service.jobs()
        assert [line for line in scratches() if line.startswith(f"{psutil.Process().pid}:")] == []
