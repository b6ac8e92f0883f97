import numpy as np
import pytest

from zkcompanion.storage import repeated
from zkcompanion.storage.repeated import fold, unfold


def rows_of(different, n, seed=1):
    chance = np.random.default_rng(seed)
    table = chance.integers(0, 1 << 64, (different, 4), dtype=np.uint64)
    return table[chance.integers(0, different, n)]


@pytest.mark.parametrize(("different", "width"), [(1, 1), (3, 1), (256, 1), (257, 2), (70_000, 4)])
def test_rows_come_back_as_they_were_in_as_few_bytes_as_do(different, width):
    chance = np.random.default_rng(2)
    table = chance.integers(0, 1 << 64, (different, 4), dtype=np.uint64)
    rows = table[np.tile(np.arange(different), 8)]
    found, places = fold(rows)
    assert len(found) == different
    assert places.itemsize == width
    assert np.array_equal(unfold(found, places), rows)


@pytest.mark.parametrize("column", range(4))
def test_rows_that_differ_in_one_number_are_different(column):
    rows = np.zeros((64, 4), dtype=np.uint64)
    rows[::2, column] = 1 << 63
    table, places = fold(rows)
    assert len(table) == 2
    assert np.array_equal(unfold(table, places), rows)


def test_rows_of_which_few_are_alike_stay_as_they_are():
    assert fold(rows_of(1000, 1000)) is None


def test_no_rows_stay_no_rows():
    table, places = fold(np.zeros((0, 4), dtype=np.uint64))
    assert unfold(table, places).shape == (0, 4)


def test_different_rows_of_one_sum_are_not_folded(monkeypatch):
    monkeypatch.setattr(repeated, "_MIXERS", np.ones(4, dtype=np.uint64))
    rows = np.tile(np.array([[1, 2, 3, 4], [4, 3, 2, 1]], dtype=np.uint64), (20, 1))
    assert fold(rows) is None


def test_a_place_beyond_the_table_is_refused():
    with pytest.raises(ValueError, match="no row"):
        unfold(np.zeros((2, 4), dtype=np.uint64), np.array([0, 2], dtype=np.uint8))


@pytest.mark.parametrize(
    ("table", "places"),
    [
        (np.zeros((2, 3), np.uint64), np.zeros(1, np.uint8)),
        (np.zeros(8, np.uint64), np.zeros(1, np.uint8)),
        (np.zeros((2, 4), np.uint64), np.zeros((1, 1), np.uint8)),
        (np.zeros((2, 4), np.uint64), np.zeros(1, np.int8)),
        (np.zeros((2, 4), np.uint64), np.zeros(1, np.float32)),
    ],
)
def test_what_is_no_table_and_no_places_is_refused(table, places):
    with pytest.raises(ValueError, match="no table"):
        unfold(table, places)
