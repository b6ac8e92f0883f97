"""What a machine can prove, in sentences that are true to the predictions; another machine's answer at once."""

import sys
from dataclasses import replace

import pytest

from tests.conftest import ROOT
from tests.support.circuit_folder import make_folder
from tests.support.computers import GIB, computer, service
from tests.support.processes import run_bare
from zkcompanion.app.answers import headline
from zkcompanion.app.circuit_files import CircuitFiles, find_circuit
from zkcompanion.app.desk import Desk
from zkcompanion.app.examples import find_example
from zkcompanion.app.hardware_service import hardware_service
from zkcompanion.app.hardware_views import MachineLookedAt, WhatIf
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.hardware.facts import Limits, Memory


@pytest.fixture(scope="module")
def here():
    return service(computer())


def rows(answer):
    return {row.id: row for row in answer.workloads}


def test_the_machine_is_looked_at_once_and_the_bus_hears_of_it():
    bus, looks, heard = EventBus(), [], []
    bus.subscribe(MachineLookedAt, heard.append)
    found = service(computer(), bus=bus, looks=looks)
    assert found.facts() is None
    assert found.look() is found.look() is found.facts()
    assert len(looks) == 1
    found.look(anew=True)
    assert (len(looks), len(heard)) == (2, 2)


def test_every_row_has_a_verdict_and_where_it_is_from(here):
    answer = here.answer()
    assert len(answer.workloads) >= 45
    for row in answer.workloads:
        assert str(row.verdict.sentence)
        assert row.group_title is not None
        assert row.runs_here == (row.prover == "ZK Companion")
        if row.runs_here:
            assert row.verdict.confidence == "estimated"
            assert row.seconds is not None
            assert row.key_bytes > 0
            assert row.method is None
        elif row.memory is not None or row.seconds is not None:
            # a row that no machine can do says that instead
            assert row.method is not None or row.verdict.tier == "impossible"
            assert row.source is not None


def test_a_row_of_others_says_what_the_source_says(here):
    row = rows(here.answer())["sha256-2-kib-honk"]
    assert [str(figure) for figure in row.figures][:2] == [
        "Proving time: 2.01 s on Apple M1 (AWS mac2.metal), 8 cores, 16 GB",
        "Memory at the most: 397 MiB on Apple M1 (AWS mac2.metal), 8 cores, 16 GB",
    ]
    assert (row.source.confidence, row.source.date, row.source.undated) == ("read", "2026-05-29", False)
    assert row.size == "153\N{NO-BREAK SPACE}803 gates (2^18)"
    # as many cores as there were
    assert row.seconds.likely == 2.01
    card = rows(here.answer())["sp1-cuda"]
    assert "Memory of the graphics card: 24.0 GiB (compute capability 8.6 or newer)" in map(str, card.figures)
    assert rows(here.answer())["passport-noir"].figures[0].params["size"].template == "more than {size}"


def test_the_headline_is_true_to_the_predictions(here):
    answer = here.answer()
    found = rows(answer)
    largest = f"2^{answer.largest_power}"
    assert str(answer.headline).startswith(f"This computer proves circuits of up to about {largest} constraints; ")
    assert "a proof of an identity document like Anon Aadhaar takes" in str(answer.headline)
    assert found["anon-aadhaar"].verdict.tier in ("easily", "well")
    # all that is known of a circuit of the next size is that it is not comfortable
    for row in answer.workloads:
        if row.runs_here and row.verdict.tier in ("easily", "well"):
            assert int(row.size.rpartition("2^")[2].rstrip(")")) <= answer.largest_power
    assert answer.basis == "estimated"


@pytest.mark.parametrize(
    ("facts", "words", "power"),
    [
        (computer(free=0.01), "too little memory free at present", None),
        (computer(free=None), "is not known, so what it can prove cannot be told", None),
        (computer(total=None, free=None), "is not known, so what it can prove cannot be told", None),
        (computer(total=1, free=0.2), "a private payment like Tornado Cash takes", 16),
    ],
)
def test_headlines_of_small_and_unknown_machines(facts, words, power):
    answer = service(facts).answer()
    assert words in str(answer.headline)
    assert answer.largest_power == power
    assert answer.basis == ("none" if facts.free_memory_bytes is None else "estimated")


def test_a_headline_names_what_it_can(here):
    row = replace(rows(here.answer())["poseidon-2"], seconds=None)
    for landmarks, words in (((), "2^9 constraints."), ((("poseidon-2", msg("a hash")),), ", a hash among them.")):
        assert str(headline([row], landmarks, computer(), 9)).endswith(words)


def test_what_limits_comes_in_order_with_an_example():
    limits = service(computer(free=1.2, system="windows")).answer().limits
    assert limits[0].resource == "memory"
    assert "such as" in str(limits[0].sentence)
    counts = [limit.sentence.params["n"] for limit in limits if "n" in limit.sentence.params]
    assert counts == sorted(counts, reverse=True)


def test_slower_kernels_are_named_where_nothing_else_is():
    for features, family, words in ((("avx2",), None, "Without the instructions"), ((), "reference", "plain Python")):
        answer = service(computer(features=features)).answer(WhatIf(family=family))
        assert words in str(answer.limits[-1].sentence)
    assert "features" not in [limit.resource for limit in service(computer()).answer().limits]


def test_another_machine_is_answered_without_looking_again():
    looks = []
    found = service(computer(total=4, free=1), looks=looks)
    before, after = rows(found.answer()), rows(found.answer(WhatIf(memory_bytes=64 * GIB)))
    assert (before["maci-process-6-8-3-3"].verdict.tier, after["maci-process-6-8-3-3"].verdict.tier) == (
        "barely",
        "easily",
    )
    slow = rows(found.answer(WhatIf(family="reference")))
    assert slow["anon-aadhaar"].seconds.likely > 20 * before["anon-aadhaar"].seconds.likely
    assert len(looks) == 1


SLIDERS = """
import time
from tests.conftest import ROOT
from tests.support.computers import GIB, computer, service
from tests.support.processes import run_bare
from zkcompanion.app.hardware_views import WhatIf
here = service(computer())
here.answer()
# each another machine, so nothing is kept of the one before
for what_if in [WhatIf(memory_bytes=(10 + n) * GIB, cores=n) for n in (3, 5, 6, 7, 9)] + [WhatIf(memory_bytes=GIB)]:
    begin = time.thread_time()
    here.answer(what_if)
    print(time.thread_time() - begin)
"""


def test_sliders_are_answered_in_less_than_50_ms_of_processor_time(tmp_path):
    # in a process where nobody counts lines
    done = run_bare(sys.executable, "-c", SLIDERS, cwd=tmp_path, PYTHONPATH=str(ROOT))
    *cores, memory = (float(line) for line in done.stdout.split())
    assert min(cores) < 0.05, done.stderr
    assert memory < 0.05


def test_advice_names_what_it_unlocks(here):
    advice = here.advice()
    memory = next(one for one in advice if one.kind == "memory")
    names = rows(here.answer())
    assert set(memory.unlocks) <= names.keys()
    better = rows(here.answer(WhatIf(memory_bytes=32 * GIB)))
    assert memory.id == "memory-32"
    for name in memory.unlocks:
        assert better[name].verdict.tier != names[name].verdict.tier
    assert next(one for one in advice if one.id == "graphics-card").effect.params["provers"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("circuit")).path


def test_a_circuit_is_checked_by_its_key_alone(folder, here):
    view = here.check(find_circuit(folder / "small.zkey"))
    assert (view.verdict.tier, view.verdict.binding, view.advice) == ("easily", "memory", ())
    assert view.prediction.key_bytes == (folder / "small.zkey").stat().st_size
    assert view.name == "small"


def test_what_does_not_fit_says_what_would_help(folder):
    boxed = replace(
        computer(),
        limits=Limits(memory_bytes=80 << 20, memory_used_bytes=10 << 20, container="docker", virtual_machine=""),
    )
    view = service(boxed).check(find_circuit(folder / "small.zkey"))
    assert view.verdict.tier == "impossible"
    assert view.advice[0].id == "container-memory"
    assert all(one.unlocks == ("small",) for one in view.advice)


def test_an_example_is_checked_without_a_key(here):
    view = here.check(find_example("sudoku").files)
    assert (view.prediction.constraints, view.verdict.tier, view.prediction.key_exact) == (918, "easily", True)
    busy = service(replace(computer(), memory=Memory(8 * GIB, 60 << 20)))
    found = busy.check(find_example("sudoku").files)
    assert found.verdict.tier == "too large"
    assert "close-programs" in [one.id for one in found.advice]


def test_files_that_are_none_are_refused(tmp_path, here):
    (tmp_path / "bad.zkey").write_bytes(b"zkey but not really")
    with pytest.raises(FileError):
        here.check(CircuitFiles("bad", zkey=tmp_path / "bad.zkey"))
    with pytest.raises(UsageError):
        here.check(CircuitFiles("nothing"))


def test_the_window_has_one_service_and_it_sees_this_computer(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert desk.hardware is desk.hardware
        assert desk.hardware.look().usable_cores >= 1
        assert desk.predictions is desk.predictions
        assert str(desk.hardware.answer().headline).startswith("This computer")


def test_without_a_folder_of_ours_the_machine_is_seen_all_the_same(tmp_path):
    (tmp_path / "home").write_text("in the way")
    found = hardware_service(EventBus(), AppDirs(tmp_path / "home"), predictions=None)
    assert found.look().memory.total_bytes > 0


def test_the_service_is_imported_without_numpy_and_qt(tmp_path):
    loaded = "print(*{'numpy', 'PySide6', 'psutil'} & set(sys.modules))"
    script = f"import sys, zkcompanion.app.hardware_service; {loaded}"
    done = run_bare(sys.executable, "-c", script, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert (done.returncode, done.stdout.split()) == (0, [])
