"""Numbers as people read them: predictions with two digits, large counts, words that can be broken."""

from __future__ import annotations

import pytest

from zkcompanion.ui.widgets.figures import band, breakable, rough_duration, running_duration, short_count, size_band
from zkcompanion.ui.widgets.phase_words import PHASE_WORDS, USUAL_PHASES, phase_words


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (-1, "0 s"),
        (0.00004, "< 0.1 ms"),
        (0.0012, "1.2 ms"),
        (0.00996, "10 ms"),
        (0.0621, "62 ms"),
        (0.0994, "99 ms"),
        (0.0996, "100 ms"),
        (0.617, "620 ms"),
        (0.9949, "990 ms"),
        (0.996, "1.0 s"),
        (1.24, "1.2 s"),
        (12.3, "12 s"),
        (99.4, "99 s"),
        (99.6, "1.7 min"),
        (185, "3.1 min"),
        (599.6, "10 min"),
        (842, "14 min"),
        (5960, "99 min"),
        (5975, "1.7 h"),
        (35_800, "9.9 h"),
        (40_000, "11 h"),
    ],
)
def test_a_prediction_has_two_digits(seconds, shown):
    assert rough_duration(seconds) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (1.21, 1.58, "1.2 to 1.6 s"),
        (0.8, 1.2, "800 ms to 1.2 s"),
        (1.2, 1.2, "1.2 s"),
        (0.05, 0.061, "50 to 61 ms"),
        (80, 200, "80 s to 3.3 min"),
        (185, 205, "3.1 to 3.4 min"),
        (810, 1080, "14 to 18 min"),
        (810, 8000, "14 min to 2.2 h"),
    ],
)
def test_a_band_names_its_unit_once(low, high, shown):
    assert str(band(low, high)) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0, 0, "0.0 MiB"),
        (46 << 20, 61 << 20, "46 to 61 MiB"),
        (900 << 20, 1.25 * (1 << 30), "900 MiB to 1.2 GiB"),
        (999.6 * (1 << 20), 999.7 * (1 << 20), "1.0 GiB"),
        (4.2 * (1 << 30), 12 << 30, "4.2 to 12 GiB"),
        (2 << 40, 2 << 40, "2.0 TiB"),
    ],
)
def test_a_band_of_memory_names_its_unit_once(low, high, shown):
    assert str(size_band(low, high)) == shown


def test_a_growing_duration_counts_tenths():
    assert [running_duration(seconds) for seconds in (0.04, 0.84, 12.345, 185)] == [
        "0.0 s",
        "0.8 s",
        "12.3 s",
        "3 min 05 s",
    ]


def test_large_counts_have_three_digits():
    counts = (0, 842, 999, 1_000, 12_345, 999_600, 4_560_000, 321_000_000, 7_000_000_000)
    assert [short_count(count) for count in counts] == [
        "0",
        "842",
        "999",
        "1.00 k",
        "12.3 k",
        "1.00 M",
        "4.56 M",
        "321 M",
        "7.00 G",
    ]


def test_only_words_that_are_too_long_get_places_to_break_at():
    sentence = "Constraint 12 is not satisfied."
    assert breakable(sentence) == sentence
    name = "main.tree.hashers[17].poseidon.state_of_round"
    broken = breakable(f"Signal {name} is wrong.")
    assert broken.replace("\N{ZERO WIDTH SPACE}", "") == f"Signal {name} is wrong."
    assert max(len(part) for part in broken.split("\N{ZERO WIDTH SPACE}")) <= 28
    assert max(len(part) for part in breakable("7" * 77).split("\N{ZERO WIDTH SPACE}")) == 28


def test_every_phase_has_a_name_and_a_sentence():
    from zkcompanion.proving.phases import Phase

    assert {phase.value for phase in Phase} == set(PHASE_WORDS)
    for words in PHASE_WORDS.values():
        assert str(words.does).endswith(".")
        assert len(str(words.short)) <= 7
    assert [phase.value for phase in Phase if phase.value in USUAL_PHASES] == list(USUAL_PHASES)
    unknown = phase_words("sum-g")
    assert str(unknown.name) == "sum-g"
