"""Kernels that crash twice are given up for the next family."""

import pytest

from zkcompanion.app.fallback import REFERENCE_WORK, Fallback


@pytest.mark.parametrize("code", [-4, -7, -8, -11])
def test_the_second_crash_in_native_code_gives_a_family_up(code):
    fallback = Fallback()
    assert not fallback.crashed("ifma", code)
    assert fallback.crashed("ifma", code)
    assert fallback.family == "scalar"
    assert not fallback.crashed("ifma", code), "a worker that still used it says nothing new"
    assert not fallback.crashed("scalar", code)
    assert fallback.crashed("scalar", code)
    assert fallback.family == "reference"
    assert [str(notice) for notice in fallback.notices] == [
        "The kernels ifma ended two processes, so scalar is used from now on.",
        "The kernels scalar ended two processes, so reference is used from now on.",
    ]


@pytest.mark.parametrize(
    ("family", "code"), [("ifma", -9), ("ifma", None), ("ifma", 1), ("reference", -11), (None, -11)]
)
def test_other_deaths_say_nothing_of_kernels(family, code):
    fallback = Fallback()
    assert not any(fallback.crashed(family, code) for _ in range(5))
    assert (fallback.family, fallback.notices) == (None, ())


def test_python_integers_are_for_small_circuits():
    fallback = Fallback()
    assert not fallback.refuses(REFERENCE_WORK + 1)
    for family in ("ifma", "ifma", "scalar", "scalar"):
        fallback.crashed(family, -11)
    assert fallback.refuses(REFERENCE_WORK + 1)
    assert not fallback.refuses(REFERENCE_WORK)
