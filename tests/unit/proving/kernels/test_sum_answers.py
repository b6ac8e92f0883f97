"""The known answers of the groups of point sums: right code passes, each kernel that answers wrongly is noticed."""

from __future__ import annotations

import ctypes
import importlib

import pytest

from tests.support.kernels import scalar_kernels
from zkcompanion.proving.kernels.jit import SCALAR_GROUPS

pytestmark = pytest.mark.kernels
GROUPS = ("sums", "msm", "curve")
KERNELS = [(group, spec.name) for group in GROUPS for spec in importlib.import_module(SCALAR_GROUPS[group]).SPECS]


@pytest.mark.parametrize("group", GROUPS)
def test_right_code_passes(group):
    answers = importlib.import_module(SCALAR_GROUPS[group] + "_answers")
    assert answers.known_answer(scalar_kernels(group).__getitem__)


@pytest.mark.parametrize(("group", "name"), KERNELS, ids=[name for _, name in KERNELS])
def test_each_wrong_kernel_is_noticed(group, name):
    kernels = scalar_kernels(group)

    def spoiled(*arguments: int) -> None:
        kernels[name](*arguments)
        ctypes.c_uint8.from_address(arguments[0]).value ^= 4

    answers = importlib.import_module(SCALAR_GROUPS[group] + "_answers")
    assert not answers.known_answer(lambda wanted: spoiled if wanted == name else kernels[wanted])


@pytest.mark.parametrize("place", [4 * 8, 17 * 8 + 8])
def test_general_scalars_and_their_lengths_are_looked_at(place):
    """`msm_classify` has four outputs; the first one alone would not show a wrong scalar or a wrong histogram."""
    kernels = scalar_kernels("msm")

    def spoiled(*arguments: int) -> None:
        kernels["msm_classify"](*arguments)
        target = arguments[1] if place == 4 * 8 else arguments[3]
        ctypes.c_uint8.from_address(target + place).value ^= 4

    answers = importlib.import_module(SCALAR_GROUPS["msm"] + "_answers")
    assert not answers.known_answer(lambda wanted: spoiled if wanted == "msm_classify" else kernels[wanted])


def test_a_subgroup_test_that_refuses_every_point_is_noticed():
    kernels = scalar_kernels("curve")

    def strict(found: int, points: int, n: int) -> None:
        kernels["g2_find_outside_subgroup"](found, points, n)
        if n == 2:
            ctypes.c_int64.from_address(found).value = 0

    answers = importlib.import_module(SCALAR_GROUPS["curve"] + "_answers")
    name = "g2_find_outside_subgroup"
    assert not answers.known_answer(lambda wanted: strict if wanted == name else kernels[wanted])
