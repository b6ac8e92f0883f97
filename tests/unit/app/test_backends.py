"""One back end for each family and number of threads; those of a family share its kernels."""

import pytest

from tests.support.backends import kernel_store
from zkcompanion.app.backends import Backends
from zkcompanion.app.settings import Settings
from zkcompanion.proving.phases import NULL_TRACE


@pytest.fixture
def made():
    backends = Backends(Settings(threads=2, kernels="scalar"), kernel_store)
    yield backends
    backends.close()


@pytest.mark.kernels
def test_another_number_of_threads_shares_the_kernels(made):
    two = made.verifying(NULL_TRACE)
    made.choose(threads=1)
    one = made.verifying(NULL_TRACE)
    assert (two.threads, one.threads, one.kind) == (2, 1, "scalar")
    assert one._kernels is two._kernels
    made.choose(threads=2)
    assert made.verifying(NULL_TRACE) is two
    assert made.notices == ()


@pytest.mark.kernels
def test_another_family_is_loaded_when_it_is_asked_for(made):
    assert made.notices == ()
    made.choose(threads=2, kernels="reference")
    reference = made.verifying(NULL_TRACE)
    assert reference.kind == "reference"
    made.choose(threads=1, kernels="reference")
    assert made.verifying(NULL_TRACE) is reference
    made.choose(threads=2)
    assert made.proving(NULL_TRACE).kind == "scalar"


def test_all_that_can_be_asked_for_comes_from_one_back_end():
    with_integers = Backends(Settings(threads=1, kernels="reference"), lambda: None)
    asked = (with_integers.checking, with_integers.setting_up, with_integers.making_development_keys)
    assert {ask(NULL_TRACE).kind for ask in asked} == {"reference"}
    assert with_integers.pairing(NULL_TRACE) is with_integers.proving(NULL_TRACE).pairing
    with_integers.close()
    with_integers.close()
