"""The constants of transforms in lanes, against their definitions."""

from __future__ import annotations

import pytest

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.blocks import factor_table
from zkcompanion.proving.kernels.ifma_ntt_tables import LARGEST_POWER, SMALLEST_POWER, LaneTables
from zkcompanion.proving.ntt import bit_reversal

P = FR.modulus
POWERS = pytest.mark.parametrize("power", [6, 7, 8, 11])


def reversed_bits(size):
    return [int(i) for i in bit_reversal(size.bit_length() - 1)]


def integers(limbs):
    """Of uint64[..., 5]."""
    return [sum(limb << 52 * j for j, limb in enumerate(row)) for row in limbs.reshape(-1, 5).tolist()]


def factors(table):
    """The numbers of a factor table, whose ratios are right."""
    values = integers(table[:, :5])
    assert table.tolist() == factor_table(values, FR).tolist()
    return values


@POWERS
def test_a_domain_is_as_square_as_can_be(power) -> None:
    tables = LaneTables.of(power)
    assert tables.rows * tables.columns == 1 << power
    assert tables.columns in (tables.rows, 2 * tables.rows)
    assert tables.rows >= 8
    assert tables.scratch_words * 8 >= 320 * max(3 * tables.rows, 2 * tables.columns)


@POWERS
def test_roots_are_in_the_order_of_the_scalar_family(power) -> None:
    tables = LaneTables.of(power)
    half = tables.columns // 2
    w = FR.root_of_unity(tables.columns.bit_length() - 1)
    expected = [pow(w, k, P) for k in reversed_bits(half)]
    assert factors(tables.roots) == expected
    assert [a * b % P for a, b in zip(factors(tables.inverse_roots), expected, strict=True)] == [1] * half


@POWERS
def test_the_middle_is_split_coset_and_merge(power) -> None:
    tables = LaneTables.of(power)
    half, n = tables.columns // 2, 1 << power
    g = FR.root_of_unity(tables.columns.bit_length())
    order = reversed_bits(tables.columns)
    entries = factors(tables.middles)
    x, y = 7, P - 10
    for i in range(half):
        c = factors(tables.roots)[i]
        u = (x + pow(c, -1, P) * y) * pow(g, order[2 * i], P)
        v = (x - pow(c, -1, P) * y) * pow(g, order[2 * i + 1], P)
        z, first, second = entries[3 * i : 3 * i + 3]
        assert first * (x + z * y) % P == (u + v) * pow(n, -1, P) % P
        assert second * (x - z * y) % P == (u - v) * c * pow(n, -1, P) % P


@POWERS
def test_twists_that_grow_from_the_seeds_shift_rows_to_the_coset(power) -> None:
    tables = LaneTables.of(power)
    rows, columns = tables.rows, tables.columns
    w, coset = FR.root_of_unity(power), FR.root_of_unity(power + 1)
    radix = pow(1 << 260, -1, P)
    for i, k in enumerate(reversed_bits(rows)):
        seed = tables.seeds[i // 8, :, :, i % 8]
        first, step = (v * radix % P for v in integers(seed))
        twists = [first * pow(step, j, P) % P for j in range(columns)]
        # times a constant and times one over it
        constant = twists[columns - 1]
        assert all(twists[columns - 1 - j] == constant * pow(w, -j * k, P) % P for j in range(columns))
        assert all(twists[j] * constant % P == pow(coset, k * (1 + 2 * j), P) for j in range(columns))


def test_tables_are_kept_and_cannot_be_changed() -> None:
    tables = LaneTables.of(6)
    assert LaneTables.of(6) is tables
    assert tables.addresses[0] == tables.inverse_roots.ctypes.data
    for table in (tables.inverse_roots, tables.roots, tables.middles, tables.seeds):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


def test_the_largest_domain_has_tables_of_a_few_megabytes() -> None:
    tables = LaneTables.of(LARGEST_POWER)
    assert tables.rows == tables.columns == 1 << 13
    assert sum(table.nbytes for table in (tables.inverse_roots, tables.roots, tables.middles, tables.seeds)) < 4 << 20


@pytest.mark.parametrize("power", [SMALLEST_POWER - 1, LARGEST_POWER + 1])
def test_other_domains_are_refused(power) -> None:
    with pytest.raises(ValueError, match="no domain"):
        LaneTables.of(power)
