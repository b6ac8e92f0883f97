"""Transforms and the quotient on compiled kernels, against the definition and the reference."""

from __future__ import annotations

import random
import threading
from itertools import pairwise

import numpy as np
import pytest

from tests.support.kernels import family_kernels, ifma_missing, scalar_kernels, shaped_integers
from tests.support.traces import Steps
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving import ntt
from zkcompanion.proving.fields import FR, from_limbs, from_mont_limbs, to_limbs, to_mont_limbs
from zkcompanion.proving.ntt import Ntt, NttDomain, ReferenceNtt, bit_reversal, coset_generator
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.reference import ntt as reference

pytestmark = pytest.mark.kernels
P = FR.modulus


@pytest.fixture(scope="module")
def team():
    with ThreadTeam(2) as team:
        yield team


@pytest.fixture(scope="module", params=["scalar", pytest.param("ifma", marks=ifma_missing)])
def driver(request, team) -> Ntt:
    return Ntt(family_kernels(request.param, *ntt.GROUPS), team)


@pytest.fixture
def small_cache(monkeypatch):
    """Cut domains as if the cache held eight elements, so that small ones take every path of large ones."""

    def shrink(inner: int, outer: int, tile: int) -> None:
        monkeypatch.setattr(ntt, "_INNER_LEVELS", inner)
        monkeypatch.setattr(ntt, "_OUTER_LEVELS", outer)
        monkeypatch.setattr(ntt, "_TILE_MIN", tile)
        monkeypatch.setattr(ntt, "_TILE_MAX", tile)
        NttDomain.of.cache_clear()

    yield shrink
    monkeypatch.undo()
    NttDomain.of.cache_clear()


def evaluate(coefficients, x: int) -> int:
    value = 0
    for c in reversed(coefficients):
        value = (value * x + c) % P
    return value


def expected_quotient(a, b):
    return reference.quotient(a, b, [x * y % P for x, y in zip(a, b, strict=True)])


@pytest.mark.parametrize("power", range(9))
def test_forward_is_the_definition(driver, power) -> None:
    n = 1 << power
    x = shaped_integers(random.Random(power), n, FR)
    w = FR.root_of_unity(power)
    expected = [evaluate(x, pow(w, k, P)) for k in range(n)]
    values = to_limbs(x)
    assert from_limbs(driver.forward(values)) == expected
    assert from_limbs(values) == x, "the argument is not changed"
    assert from_mont_limbs(driver.forward(to_mont_limbs(x, FR)), FR) == expected
    assert from_limbs(ReferenceNtt().forward(values)) == expected


@pytest.mark.parametrize("power", [0, 1, 2, 5, 10, 11, 13])
def test_inverse_undoes_forward(driver, power) -> None:
    x = to_limbs(shaped_integers(random.Random(power), 1 << power, FR))
    assert np.array_equal(driver.inverse(driver.forward(x)), x)
    if power <= 10:
        assert np.array_equal(driver.inverse(x), ReferenceNtt().inverse(x))


@pytest.mark.parametrize("power", range(12))
def test_quotient_equals_the_reference(driver, power) -> None:
    rng = random.Random(power)
    x, y = shaped_integers(rng, 1 << power, FR), shaped_integers(rng, 1 << power, FR)[::-1]
    a, b = to_mont_limbs(x, FR), to_mont_limbs(y, FR)
    h = driver.quotient(a, b)
    assert h is a
    assert from_limbs(h) == expected_quotient(x, y)
    assert not b.any()


@pytest.mark.parametrize(("inner", "outer", "tile"), [(3, 4, 8), (2, 1, 4), (3, 2, 32), (0, 3, 16), (1, 4, 1)])
def test_every_way_to_cut_a_domain_gives_the_same(small_cache, team, inner, outer, tile) -> None:
    small_cache(inner, outer, tile)
    driver = Ntt(scalar_kernels(*ntt.GROUPS), team)
    for power in (4, 8, 9):
        rng = random.Random(power)
        x, y = shaped_integers(rng, 1 << power, FR), shaped_integers(rng, 1 << power, FR)[::-1]
        assert from_limbs(driver.quotient(to_mont_limbs(x, FR), to_mont_limbs(y, FR))) == expected_quotient(x, y)
        assert from_limbs(driver.forward(to_limbs(x))) == reference.transform(x)
        assert from_limbs(driver.inverse(to_limbs(x))) == reference.inverse_transform(x)


@pytest.mark.parametrize("power", [15, 18])
def test_a_large_quotient_has_the_right_polynomials(driver, power) -> None:
    # a = w^i + 3 and b = 5 w^-i + w^2i are sparse polynomials: on the coset they are known without a transform.
    n, w = 1 << power, FR.root_of_unity(power)
    points = reference.powers(w, n)
    a = [(x + 3) % P for x in points]
    b = [(5 * points[-i] + points[2 * i % n]) % P for i in range(n)]
    h = driver.quotient(to_mont_limbs(a, FR), to_mont_limbs(b, FR))
    g = coset_generator(power)
    for i in (0, 1, 2, n // 2 - 1, n // 2, n // 2 + 1, n - 1, 12345):
        x = g * points[i] % P
        last = pow(x, n - 1, P)  # w^-i is x^(n-1) on the domain
        at_a, at_b = x + 3, 5 * last + x * x
        # (w^i + 3)(5 w^-i + w^2i) = 5 + w^3i + 15 w^-i + 3 w^2i
        at_c = 5 + x**3 + 15 * last + 3 * x * x
        assert from_limbs(h[i]) == [(at_a * at_b - at_c) % P]


def test_a_product_that_is_already_a_polynomial_of_low_degree_leaves_nothing(driver) -> None:
    n = 1 << 12
    points = reference.powers(FR.root_of_unity(12), n)
    h = driver.quotient(to_mont_limbs(points, FR), to_mont_limbs([7] * n, FR))
    assert not h.any()


@pytest.mark.parametrize("threads", [1, 3, 4])
def test_the_number_of_threads_changes_nothing(driver, threads) -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.integers(0, 1 << 60, size=(1 << 14, 4), dtype=np.uint64) for _ in range(2))
    a[:, 3], b[:, 3] = a[:, 3] >> 1, b[:, 3] >> 1
    expected = driver.quotient(a.copy(), b.copy())
    with ThreadTeam(threads) as team:
        assert np.array_equal(Ntt(scalar_kernels(*ntt.GROUPS), team).quotient(a, b), expected)


def test_a_coset_without_roots_of_unity_has_a_table_of_its_own(team, monkeypatch) -> None:
    # The largest domain (2^28) has no w of order 2n. Here the field pretends to have only 2^6-th roots.
    assert coset_generator(27) == FR.root_of_unity(28)
    assert coset_generator(28) == 25
    power, n = 6, 64
    rng = random.Random(6)
    x, y = ([rng.randrange(P) for _ in range(n)] for _ in range(2))
    w, g = FR.root_of_unity(power), 25
    z = [u * v % P for u, v in zip(x, y, strict=True)]
    on_coset = [[evaluate(reference.inverse_transform(v), g * pow(w, i, P) % P) for i in range(n)] for v in (x, y, z)]
    expected = [(a * b - c) % P for a, b, c in zip(*on_coset, strict=True)]
    driver = Ntt(scalar_kernels(*ntt.GROUPS), team)
    monkeypatch.setitem(FR.__dict__, "two_adicity", power)
    assert from_limbs(driver.quotient(to_mont_limbs(x, FR), to_mont_limbs(y, FR))) == expected


def test_tables_are_shared_by_domains_and_bounded(team, monkeypatch) -> None:
    driver = Ntt(scalar_kernels(*ntt.GROUPS), team)
    monkeypatch.setattr(ntt, "_KEPT_ROOTS", 64)
    for power, kept in ((3, 8), (6, 64), (9, 64), (5, 64)):
        driver.quotient(to_mont_limbs([1] * (1 << power), FR), to_mont_limbs([2] * (1 << power), FR))
        assert len(driver._roots) == kept
    indices = bit_reversal(6)
    w = FR.root_of_unity(7)
    assert from_mont_limbs(driver._roots, FR) == [pow(w, int(i), P) for i in indices]


class CrowdedLock:
    """Lets nobody in before two have come."""

    def __init__(self) -> None:
        self._both = threading.Barrier(2)
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._both.wait(10)
        self._lock.acquire()

    def __exit__(self, *_) -> None:
        self._lock.release()


def test_two_threads_may_grow_the_table_at_once(team) -> None:
    driver = Ntt(scalar_kernels(*ntt.GROUPS), team)
    driver._growing = CrowdedLock()
    x = to_limbs(range(1 << 11))
    results = []
    callers = [threading.Thread(target=lambda: results.append(driver.forward(x))) for _ in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert np.array_equal(results[0], results[1])
    driver._growing = threading.Lock()
    assert np.array_equal(driver.inverse(results[0]), x)


@pytest.mark.parametrize("power", [0, 3, 12, 14, 16])
def test_the_announced_steps_are_taken(driver, power) -> None:
    trace = Steps()
    n = 1 << power
    driver.quotient(np.zeros((n, 4), dtype=np.uint64), np.zeros((n, 4), dtype=np.uint64), trace=trace)
    assert trace.announced == trace.done > 0


def test_a_cancelled_quotient_leaves_no_secret_behind(driver) -> None:
    n = 1 << 13
    whole = Steps()
    driver.quotient(to_mont_limbs([3] * n, FR), to_mont_limbs([5] * n, FR), trace=whole)
    for limit in range(0, whole.checks, 3):
        a, b = to_mont_limbs([3] * n, FR), to_mont_limbs([5] * n, FR)
        with pytest.raises(Cancelled):
            driver.quotient(a, b, trace=Steps(limit))
        assert not a.any()
        assert not b.any()


@pytest.mark.parametrize("limit", [None, 2])
def test_a_quotient_wipes_the_products_that_it_kept(driver, monkeypatch, limit) -> None:
    kept = []
    work = driver._quotient

    def watched(domain, arrays, trace) -> None:
        kept.append(arrays[2])
        work(domain, arrays, trace)
        assert kept[0].any()

    monkeypatch.setattr(driver, "_quotient", watched)
    try:
        driver.quotient(to_mont_limbs([3] * 8, FR), to_mont_limbs([5] * 8, FR), trace=Steps(limit))
    except Cancelled:
        assert limit is not None
    assert not kept[0].any()


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((3, 4), dtype=np.uint64),
        np.zeros((0, 4), dtype=np.uint64),
        np.zeros(4, dtype=np.uint64),
        np.zeros((4, 3), dtype=np.uint64),
        np.zeros((4, 4), dtype=np.int64),
        np.zeros((8, 4), dtype=np.uint64)[::2],
    ],
)
def test_an_array_of_another_shape_is_refused(driver, values) -> None:
    for transforms in (driver, ReferenceNtt()):
        for function, count in ((transforms.forward, 1), (transforms.inverse, 1), (transforms.quotient, 2)):
            with pytest.raises(ValueError):
                function(*[values] * count)


def test_factors_of_a_quotient_must_fit_each_other_and_be_writeable(driver) -> None:
    a, b = np.zeros((4, 4), dtype=np.uint64), np.zeros((8, 4), dtype=np.uint64)
    with pytest.raises(ValueError, match="one length"):
        driver.quotient(a, b)
    fixed = a.copy()
    fixed.flags.writeable = False
    for pair in ((fixed, a), (a, fixed)):
        with pytest.raises(ValueError, match="writeable"):
            driver.quotient(*pair)


def test_the_reference_quotient_has_the_same_contract() -> None:
    x, y = [3, 1, P - 1, 0], [2, 2, 9, P - 2]
    a, b = to_mont_limbs(x, FR), to_mont_limbs(y, FR)
    assert ReferenceNtt().quotient(a, b) is a
    assert from_limbs(a) == expected_quotient(x, y)
    assert not b.any()


@pytest.mark.parametrize("power", [0, 1, 5, 10, 11, 14, 15, 18, 19, 20, 23, 28])
def test_a_plan_covers_every_level_once_in_tiles_that_stay_short(power) -> None:
    n = 1 << power
    domain = NttDomain.of(power)
    assert domain.power == power
    assert all(left[1] == right[0] for left, right in pairwise(domain.ranges))
    assert (domain.ranges[0][0], domain.ranges[-1][1]) == (0, n)
    inner = min(power, 10)
    level = 0
    for tiles in domain.split:
        size, levels = tiles[0][1][:2]
        assert size == n >> level
        assert levels <= 4
        level += levels
        covered = sum((last - first) * (stop - start) for _, (_, _, first, last, start, stop) in tiles)
        assert covered << levels == n
        assert all(
            (last - first) * (stop - start) << levels <= 1 << 16 for _, (_, _, first, last, start, stop) in tiles
        )
    assert level == power - inner
    assert sum(last - first for _, (_, first, last) in domain.shift) << inner == n
    assert all((last - first) * size <= 1 << 16 for _, (size, first, last) in domain.shift)
    assert [sorted(t[1] for t in tiles) for tiles in reversed(domain.merge)] == [
        sorted(t[1] for t in tiles) for tiles in domain.split
    ]
