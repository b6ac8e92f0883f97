"""Whole where it fits, in slices where not, without the check where that saves it, refused beforehand else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.backends import backend
from zkcompanion.app import budgeting as module
from zkcompanion.app.budgeting import CircuitNeeds, exceeded, fit_into, fit_key
from zkcompanion.app.views import BudgetView
from zkcompanion.base.errors import ExitCode, FileError, ResourceError
from zkcompanion.base.units import parse_size
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.proving.formats.mapped import GIVES_BACK
from zkcompanion.proving.formats.r1cs import read_r1cs, write_r1cs
from zkcompanion.proving.groth16.development import write_development_key

pytestmark = [pytest.mark.kernels, pytest.mark.skipif(not GIVES_BACK, reason="pages are given back on Linux")]
GIB = 1 << 30


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("circuit")
    system, _ = generate_sized("dense", 4000)
    write_r1cs(folder / "c.r1cs", system)
    write_development_key(folder / "c.zkey", system, backend("scalar"))
    (folder / "c.sym").write_text("1,1,0,main.x\n")
    return folder


def fit(files, budget, needs=None, kernels="scalar"):
    return fit_into(budget, files / "c.zkey", needs or CircuitNeeds(), threads=1, kernels=kernels)


def least(error):
    return parse_size(str(error.hint).split("--memory ")[1].split(",")[0])


@pytest.mark.parametrize("kernels", ["ifma", "scalar", "reference"])
def test_what_fits_is_proved_whole(files, kernels):
    found = fit(files, GIB, kernels=kernels)
    assert (found.plan, found.checked, found.notices) == (None, False, ())
    assert (found.view.mode, found.view.budget_bytes) == ("whole", GIB)
    assert found.view.predicted_bytes < GIB


def test_what_does_not_fit_is_streamed_and_what_cannot_is_refused_with_the_least(files):
    whole = fit(files, GIB).view.predicted_bytes
    with pytest.raises(ResourceError) as caught:
        fit(files, 1000)
    assert caught.value.exit_code is ExitCode.RESOURCES
    assert "1000 bytes" in str(caught.value.message)
    smallest = least(caught.value)
    assert smallest < whole
    found = fit(files, smallest)
    assert found.view.mode == "streamed"
    assert found.plan is not None
    assert found.view.predicted_bytes <= smallest
    (notice,) = found.notices
    assert str(notice).startswith("Memory is short")


def test_a_process_that_holds_more_needs_more_and_the_next_one_may_hold_a_little_more(files):
    def asked(base_bytes):
        with pytest.raises(ResourceError) as caught:
            fit_into(1000, files / "c.zkey", CircuitNeeds(), threads=1, kernels="scalar", base_bytes=base_bytes)
        return least(caught.value)

    def found(budget, base_bytes):
        return fit_into(budget, files / "c.zkey", CircuitNeeds(), threads=1, kernels="scalar", base_bytes=base_bytes)

    few, many = asked(50 << 20), asked(150 << 20)
    assert 100 << 20 <= many - few <= 110 << 20
    # the same command again, in a process that happens to hold 3 MiB more
    assert found(few, 53 << 20).view.mode == "streamed"
    assert found(GIB, 50 << 20).view.predicted_bytes < found(GIB, 60 << 20).view.predicted_bytes


def test_the_check_of_the_witness_is_given_up_before_the_proof_is(files, monkeypatch):
    needs = CircuitNeeds(r1cs=files / "c.r1cs", sym=files / "c.sym")
    assert fit(files, GIB, needs).checked
    with pytest.raises(ResourceError) as caught:
        fit(files, 1000, needs)
    found = fit(files, least(caught.value), needs)
    assert not found.checked
    assert len(found.notices) == 2
    # with room for the constraints they are kept
    monkeypatch.setattr(module, "predict", lambda *_, **__: SimpleNamespace(peak=SimpleNamespace(high=2 * GIB)))
    found = fit(files, GIB, needs)
    assert (found.view.mode, found.checked, len(found.notices)) == ("streamed", True, 1)


def test_constraints_that_are_not_there_or_no_file_are_refused_as_without_a_budget(files, tmp_path):
    for path in (tmp_path / "gone.r1cs", tmp_path):
        with pytest.raises(FileError) as caught:
            fit(files, GIB, CircuitNeeds(r1cs=path))
        with pytest.raises(FileError) as expected:
            read_r1cs(path)
        assert str(caught.value) == str(expected.value)


def test_where_the_system_takes_no_pages_back_only_the_whole_fits(files, monkeypatch):
    monkeypatch.setattr(module, "GIVES_BACK", False)
    whole = fit(files, GIB).view.predicted_bytes
    with pytest.raises(ResourceError) as caught:
        fit(files, whole - 1)
    assert least(caught.value) >= whole


def test_a_key_that_cannot_be_made_is_refused_with_the_least(files):
    def fit(budget, base_bytes=50 << 20):
        return fit_key(budget, files / "c.r1cs", threads=1, base_bytes=base_bytes)

    with pytest.raises(ResourceError, match=r"Making a key .* may use 1000 bytes") as caught:
        fit(1000)
    smallest = least(caught.value)
    # in another process, which happens to hold 3 MiB more
    made = fit(smallest, 53 << 20)
    assert (made.mode, made.budget_bytes) == ("streamed", smallest)
    assert 53 << 20 < made.predicted_bytes <= smallest
    with pytest.raises(ResourceError):
        fit(smallest, 80 << 20)


def test_a_run_that_held_more_is_told_so():
    view = BudgetView(100, 90, "whole")
    assert exceeded(view, 100, 50) == ()
    assert exceeded(view, 2048, 101) == (), "it may have been another run of this process"
    (warning,) = exceeded(view, 2048, 100)
    assert "2.00 KiB" in str(warning)


def test_only_what_the_prediction_leaves_is_kept_for_the_next_proof(files):
    whole = fit(files, 1 << 40)
    assert whole.kept_bytes == (1 << 40) - whole.view.predicted_bytes > 0
    sliced = fit(files, whole.view.predicted_bytes - 1)
    assert sliced.view.mode == "streamed"
    assert sliced.kept_bytes == 0
