"""Hardware: steps of the sliders, margins, sources and sizes in words."""

import math

import pytest

from tests.support.hardware_examples import workload
from zkcompanion.app.hardware_views import TIERS as ALL_TIERS
from zkcompanion.app.hardware_views import SourceView, VerdictView, WhatIf
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import resource_path
from zkcompanion.ui.pages.hardware.what_if_words import (
    core_step_words,
    core_steps,
    memory_step_words,
    memory_steps,
    what_if_words,
)
from zkcompanion.ui.pages.hardware.workload_details import detail_rows, margin_words, source_words
from zkcompanion.ui.pages.hardware.workloads_model import magnitude, source_line
from zkcompanion.ui.widgets.tier_words import CONFIDENCES, RESOURCE_ICONS, RESOURCES, TIERS, tier_change

GIB = 1 << 30


def test_steps_begin_here_and_go_up():
    assert memory_steps(16 * GIB)[:3] == (None, 24 * GIB, 32 * GIB)
    # sold as 16 GiB, told as a little less
    assert memory_steps(round(15.5 * GIB))[1] == 24 * GIB
    assert memory_steps(None)[:2] == (None, 2 * GIB)
    assert memory_steps(2048 * GIB) == (None,)
    assert core_steps(8)[:3] == (None, 10, 12)
    assert core_steps(None)[1] == 1


def test_a_step_says_what_it_is():
    assert str(memory_step_words(None, 16 * GIB)) == "16.0 GiB, as here"
    assert str(memory_step_words(None, None)) == "as here"
    assert str(memory_step_words(64 * GIB, None)) == "64.0 GiB"
    assert str(core_step_words(None, 1)) == "1 core, as here"
    assert str(core_step_words(None, None)) == "as here"
    assert str(core_step_words(16, 4)) == "16 cores"


@pytest.mark.parametrize(
    ("what_if", "said"),
    [
        (WhatIf(), "This computer as it is."),
        (WhatIf(64 * GIB), "As if this computer had 64.0 GiB of memory."),
        (WhatIf(None, 1, "scalar"), "As if this computer had 1 core and no AVX-512 IFMA."),
        (
            WhatIf(64 * GIB, 16, "ifma"),
            "As if this computer had 64.0 GiB of memory and 16 cores and AVX-512 IFMA.",
        ),
    ],
)
def test_an_imagined_computer_in_words(what_if, said):
    assert str(what_if_words(what_if)) == said


@pytest.mark.parametrize(
    ("binding", "margin", "said"),
    [
        ("memory", 0.419, "Memory: 41 % to spare"),
        ("memory", -1.34, "Memory: 2.3 times what there is"),
        ("gpu", None, "Graphics"),
        ("time", 0.9, "Time"),
    ],
)
def test_a_margin_in_words(binding, margin, said):
    assert str(margin_words(VerdictView("well", binding, margin, "estimated", msg("x")))) == said


def test_where_a_figure_comes_from():
    source = SourceView("A paper", None, "2026-01", "excerpt")
    undated = SourceView("A page", None, None, "read")
    assert str(source_words(source)) == "2026-01; from an excerpt of the source."
    assert str(source_words(undated)) == "No date; read at the source."
    assert str(source_line(source)) == "Source: A paper, 2026-01"
    assert str(source_line(undated)) == "Source: A page"
    assert "No source" in str(source_line(None))


def test_a_row_without_figures_says_what_is_known():
    bare = workload("x", "unknown", seconds=None)
    assert [key for key, _, _ in detail_rows(bare)] == ["binding", "confidence", "size", "system", "prover"]


def test_sizes_sort_by_what_they_count():
    assert magnitude("94\N{NO-BREAK SPACE}976 constraints (2^17)") == 94_976
    assert magnitude("2^18") == 1 << 18
    assert magnitude("") == math.inf


def test_every_verdict_has_an_icon_of_its_own_and_a_rank():
    assert set(TIERS) == set(ALL_TIERS)
    assert len({words.icon for words in TIERS.values()}) == len(TIERS)
    assert sorted(words.rank for words in TIERS.values()) == list(range(len(TIERS)))
    icons = [*(words.icon for words in TIERS.values()), *RESOURCE_ICONS.values()]
    assert all(resource_path("icons", f"{icon}.svg").exists() for icon in icons)
    assert set(RESOURCES) == set(RESOURCE_ICONS)
    assert len({words.rank for words in CONFIDENCES.values()}) == len(CONFIDENCES)


def test_a_change_is_better_or_worse():
    assert tier_change("too large", "well") == 1
    assert tier_change("easily", "barely") == -1
    assert tier_change("well", "well") == 0
