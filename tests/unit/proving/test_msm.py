"""Multi-scalar multiplication by kernels, against closed forms, the reference and MCL."""

from __future__ import annotations

import itertools
import math
import os
import random
import threading
import time

import numpy as np
import pytest

from tests.support.curves import SIDES, CountingTrace, R, shaped_scalars
from tests.support.kernels import family_kernels, ifma_missing, scalar_kernels, shaped_integers
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.msm import GROUPS, Msm, Window
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.reference.msm import msm as reference_msm
from zkcompanion.proving.row_sums import TILING, Tiling
from zkcompanion.proving.scalar_order import ScalarOrder
from zkcompanion.proving.windows import MAX_WINDOW_BITS

pytestmark = pytest.mark.kernels
both = pytest.mark.parametrize("side", SIDES, ids=str)


#: a few hundred points take every path of many
SMALL = Tiling(tile_entries=64, piece_entries=8, pairs_per_batch=5, fold_buckets=8)


def driver(team: ThreadTeam, tiling: Tiling = TILING) -> Msm:
    return Msm(scalar_kernels(*GROUPS), team, tiling)


def total(side, bases, scalars, *, threads=1, windows=None, first=0, tiling=SMALL, **options):
    """The sum by kernels, scalars as integers."""
    with ThreadTeam(threads) as team:
        sums = driver(team, tiling)
        schedule = sums.schedule(to_limbs(scalars), windows=windows).slice_from(first)
        return getattr(sums, side.name)(bases, schedule, **options)


def equal_windows(c: int, bits: int = 254) -> tuple[Window, ...]:
    return tuple(Window(i * c, c, i << (c - 1)) for i in range(-(-bits // c)))


# -- closed forms ----------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("n", [0, 1, 2, 3, 17, 1000])
@pytest.mark.parametrize("tiling", [SMALL, TILING], ids=["small", "usual"])
def test_the_sum_of_i_times_i_g(side, n, tiling):
    expected = side.multiple(n * (n + 1) * (2 * n + 1) // 6)
    assert total(side, side.run(n), range(1, n + 1), tiling=tiling) == expected


@both
def test_one_full_scalar_for_all_points(side):
    k = R // 3 + 12345
    for tiling in (SMALL, TILING):
        assert total(side, side.run(200), [k] * 200, tiling=tiling) == side.multiple(k * 20100)


@both
@pytest.mark.parametrize(
    "k", [0, 1, R - 1, 2, R - 2, R // 2, R // 2 + 1, *(1 << b for b in (1, 15, 16, 128, 252, 253))]
)
def test_edge_scalars_alone_and_repeated(side, k):
    for n in (1, 2, 33):
        assert total(side, side.run(n), [k] * n) == side.multiple(k * n * (n + 1) // 2)


@both
def test_all_points_equal(side):
    scalars = shaped_scalars(random.Random(60), 150)
    assert total(side, side.array([7] * 150), scalars) == side.multiple(7 * sum(scalars))


@both
def test_points_and_their_opposites_cancel(side):
    scalars = shaped_scalars(random.Random(61), 60)
    ks = [random.Random(i).randrange(1, 40) for i in range(60)]
    bases = side.array([*ks, *(-k for k in ks)])
    assert total(side, bases, scalars + scalars) is None
    opposite = [-s % R for s in scalars]
    assert total(side, side.array(ks + ks), scalars + opposite) is None
    assert total(side, bases, scalars + opposite) == side.multiple(
        2 * sum(k * s for k, s in zip(ks, scalars, strict=True))
    )


@both
def test_points_at_infinity_everywhere(side):
    scalars = shaped_scalars(random.Random(62), 50)
    assert total(side, side.array([0] * 50), scalars) is None


@both
@pytest.mark.parametrize("share", [2, 10])
def test_points_at_infinity_sprinkled(side, share):
    rng = random.Random(63)
    n = 300
    scalars = shaped_scalars(rng, n)
    ks = [0 if rng.randrange(share) == 0 else rng.randrange(1, 250) for _ in range(n)]
    assert total(side, side.array(ks), scalars) == side.multiple(sum(k * s for k, s in zip(ks, scalars, strict=True)))


@both
def test_zero_scalars_everywhere(side):
    assert total(side, side.run(40), [0] * 40) is None


# -- against others --------------------------------------------------------------------------------------------------
def three_shapes(seed: int, n: int) -> list[list[int]]:
    values = shaped_integers(random.Random(seed), 3 * n + 12, FR, 254)[12:]
    return [values[shape::3][:n] for shape in range(3)]


@both
@pytest.mark.parametrize("shape", range(3), ids=["uniform", "high-weight", "runs"])
def test_random_sums_vs_reference(side, shape):
    rng = random.Random(64)
    n = 120 if side.words == 8 else 50
    points = [side.multiple(rng.randrange(R)) for _ in range(n)]
    scalars = three_shapes(65, n)[shape]
    assert total(side, side.to_limbs(points), scalars) == reference_msm(side.group, points, scalars)


@both
@pytest.mark.parametrize("shape", range(3), ids=["uniform", "high-weight", "runs"])
def test_random_sums_vs_mcl(side, shape):
    pytest.importorskip("mclbn256")
    rng = random.Random(66)
    points = [side.multiple(rng.randrange(R)) for _ in range(20)]
    scalars = three_shapes(67, 20)[shape]
    products = [side.mcl_multiply(p, k) for p, k in zip(points, scalars, strict=True)]
    expected = products[0]
    for product in products[1:]:
        expected = side.mcl_add(expected, product)
    assert total(side, side.to_limbs(points), scalars) == expected


def dot(ks, scalars) -> int:
    return sum(k * s for k, s in zip(ks, scalars, strict=True))


@both
@pytest.mark.parametrize("kind", ["bits", "bytes", "mixed"])
def test_short_scalars(side, kind):
    rng = random.Random(68)
    n = 500
    choices = {
        "bits": lambda: rng.randrange(2),
        "bytes": lambda: rng.choice([rng.randrange(256), R - rng.randrange(1, 256)]),
        "mixed": lambda: rng.choice([rng.randrange(2), rng.randrange(2), rng.getrandbits(64), rng.randrange(R)]),
    }
    scalars = [choices[kind]() for _ in range(n)]
    assert total(side, side.run(n), scalars) == side.multiple(dot(range(1, n + 1), scalars))


# -- the same sum in other ways --------------------------------------------------------------------------------------
@both
def test_all_window_sizes_agree(side):
    scalars = shaped_scalars(random.Random(69), 90)
    expected = side.multiple(dot(range(1, 91), scalars))
    bases = side.run(90)
    for c in [*range(1, 11), 13, MAX_WINDOW_BITS] if side.words == 8 else range(1, 11):
        assert total(side, bases, scalars, windows=equal_windows(c)) == expected


@both
def test_windows_of_different_widths_agree(side):
    scalars = shaped_scalars(random.Random(70), 90)
    rng = random.Random(71)
    for _ in range(5):
        windows, position, row = [], 0, 0
        while position < 254:
            c = rng.randrange(1, 9)
            windows.append(Window(position, c, row))
            position, row = position + c, row + (1 << (c - 1))
        assert total(side, side.run(90), scalars, windows=tuple(windows)) == side.multiple(dot(range(1, 91), scalars))


@both
def test_split_equals_unsplit(side):
    scalars = shaped_scalars(random.Random(72), 200)
    bases = side.run(200)
    whole = total(side, bases, scalars)
    for cut in (0, 1, 77, 199, 200):
        parts = total(side, bases[:cut], scalars[:cut]), total(side, bases[cut:], scalars[cut:])
        assert side.group.add(*parts) == whole


@both
@pytest.mark.parametrize("first", [0, 1, 3, 150, 299, 300])
def test_a_sliced_schedule_is_the_schedule_of_the_slice(side, first):
    scalars = shaped_scalars(random.Random(73), 300)
    expected = side.multiple(dot(range(1, 301 - first), scalars[first:]))
    assert total(side, side.run(300 - first), scalars, first=first) == expected


@both
def test_one_schedule_serves_several_arrays_of_bases(side):
    scalars = shaped_scalars(random.Random(74), 100)
    with ThreadTeam(1) as team:
        sums = driver(team)
        schedule = sums.schedule(to_limbs(scalars))
        for factor in (1, 2):
            ks = [factor * k for k in range(1, 101)]
            assert getattr(sums, side.name)(side.array(ks), schedule) == side.multiple(dot(ks, scalars))


@both
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_thread_counts_agree(side, threads):
    scalars = shaped_scalars(random.Random(75), 256)
    assert total(side, side.run(256), scalars, threads=threads) == side.multiple(dot(range(1, 257), scalars))


@both
def test_bases_of_a_mapped_file_at_any_byte_offset(side, tmp_path):
    scalars = shaped_scalars(random.Random(76), 50)
    data = side.run(50).tobytes()
    for offset in (1, 4, 7):
        path = tmp_path / f"bases-{offset}"
        path.write_bytes(bytes(offset) + data)
        raw = np.memmap(path, dtype=np.uint8, mode="r", offset=0)
        bases = np.frombuffer(raw[offset:], dtype=np.uint64).reshape(50, side.words)
        assert not bases.flags.writeable
        assert total(side, bases, scalars) == side.multiple(dot(range(1, 51), scalars))


@both
def test_arrays_that_are_not_contiguous_are_taken(side):
    scalars = shaped_scalars(random.Random(77), 20)
    spread = np.repeat(side.run(20), 2, axis=0)[::2]
    with ThreadTeam(1) as team:
        sums = driver(team)
        schedule = sums.schedule(np.repeat(to_limbs(scalars), 2, axis=0)[::2])
        assert getattr(sums, side.name)(spread, schedule) == side.multiple(dot(range(1, 21), scalars))


# -- classes ---------------------------------------------------------------------------------------------------------
def class_sums(side, family, ks, scalars, classes, n_classes, tiling):
    """Of each run of classes the sum by kernels, bases outside of it at infinity or not."""
    order = ScalarOrder.by_class(np.array(classes, dtype=np.uint8), n_classes)
    found = {}
    with ThreadTeam(2) as team:
        sums = Msm(family_kernels(family, *GROUPS), team, tiling)
        schedule = sums.schedule(to_limbs(scalars), order=order)
        for run in itertools.combinations(range(n_classes + 1), 2):
            inside = [k if run[0] <= c < run[1] else 0 for k, c in zip(ks, classes, strict=True)]
            for bases in (inside, ks):
                found.setdefault(run, []).append(getattr(sums, side.name)(side.array(bases), schedule.part(*run)))
    return found


@both
@pytest.mark.parametrize("family", ["scalar", pytest.param("ifma", marks=ifma_missing)])
@pytest.mark.parametrize("tiling", [SMALL, TILING], ids=["small", "usual"])
def test_parts_of_a_schedule_are_the_sums_of_their_classes(side, family, tiling):
    rng = random.Random(83)
    for n, n_classes in ((0, 1), (1, 4), (7, 4), (60, 4), (150, 3), (40, 1)):
        ks, classes = [rng.randrange(-9, 10) for _ in range(n)], [rng.randrange(n_classes) for _ in range(n)]
        scalars = shaped_scalars(rng, n)
        for (begin, end), found in class_sums(side, family, ks, scalars, classes, n_classes, tiling).items():
            inside = [k if begin <= c < end else 0 for k, c in zip(ks, classes, strict=True)]
            assert found == [side.multiple(dot(inside, scalars))] * 2


@both
def test_a_part_may_be_sliced_and_a_slice_parted(side):
    rng = random.Random(84)
    scalars, classes = shaped_scalars(rng, 90), [rng.randrange(3) for _ in range(90)]
    with ThreadTeam(1) as team:
        sums = driver(team, SMALL)
        schedule = sums.schedule(to_limbs(scalars), order=ScalarOrder.by_class(np.array(classes, dtype=np.uint8), 3))
        for first in (0, 1, 50, 90):
            inside = [i - first + 1 if 1 <= classes[i] < 3 else 0 for i in range(first, 90)]
            for part in (schedule.part(1, 3).slice_from(first), schedule.slice_from(first).part(1, 3)):
                found = getattr(sums, side.name)(side.run(90 - first), part)
                assert found == side.multiple(dot(inside, scalars[first:]))


def test_classes_and_orders_that_are_not_there_are_refused():
    with ThreadTeam(1) as team:
        sums = driver(team)
        schedule = sums.schedule(
            to_limbs([5, 6, 7]), order=ScalarOrder.by_class(np.array([1, 0, 1], dtype=np.uint8), 2)
        )
        for run in ((-1, 1), (0, 0), (1, 0), (0, 3)):
            with pytest.raises(ValueError):
                schedule.part(*run)
        with pytest.raises(ValueError):
            sums.schedule(to_limbs([5, 6, 7]), order=ScalarOrder.natural(2))


@both
@pytest.mark.parametrize("family", ["scalar", pytest.param("ifma", marks=ifma_missing)])
def test_sums_of_any_size_with_infinity_anywhere(side, family):
    """Equal, opposite and infinite bases, scalars of every shape; ZKC_MSM_CASES asks for more of them."""
    rng = random.Random(os.environ.get("ZKC_MSM_SEED", "85"))
    with ThreadTeam(1) as team:
        for _ in range(int(os.environ.get("ZKC_MSM_CASES", "12"))):
            batch = rng.choice((1, 3, 16, 40, 1024))
            tiling = Tiling(tile_entries=rng.choice((32, 500, 1 << 14)), piece_entries=16, pairs_per_batch=batch)
            sums = Msm(family_kernels(family, *GROUPS), team, tiling)
            n, share, spread = rng.randrange(301), rng.choice((0.0, 0.1, 0.6, 1.0)), rng.choice((1, 3, 200))
            ks = [0 if rng.random() < share else rng.choice((-1, 1)) * rng.randint(1, spread) for _ in range(n)]
            scalars = shaped_scalars(rng, n) if rng.random() < 0.6 else [rng.choice((0, 1, R - 1, 2)) for _ in range(n)]
            schedule = sums.schedule(to_limbs(scalars))
            assert getattr(sums, side.name)(side.array(ks), schedule) == side.multiple(dot(ks, scalars)), (
                n,
                share,
                batch,
            )


# -- schedules -------------------------------------------------------------------------------------------------------
def lengths_of(scalars) -> np.ndarray:
    counts = np.zeros(258, dtype=np.int64)
    for k in scalars:
        counts[k.bit_length()] += 1
    return counts


def choose_windows(lengths) -> tuple[Window, ...]:
    with ThreadTeam(1) as team:
        return driver(team).choose_windows(lengths)


def work(windows, scalars) -> float:
    """The model that `choose_windows` describes."""
    total = 0.0
    for w in windows:
        digits, buckets = sum(k.bit_length() >= w.position for k in scalars), w.n_buckets
        empty = buckets * math.exp(-digits / buckets)
        total += digits - buckets + empty + 2.3 * buckets + empty
    return total


def test_windows_cover_all_bits_without_gaps():
    for top in (2, 3, 10, 64, 253):
        scalars = [(1 << top) - 1] * 50
        windows = choose_windows(lengths_of(scalars))
        assert [w.position for w in windows] == [0, *np.cumsum([w.bits for w in windows])[:-1].tolist()]
        assert [w.first_row for w in windows] == [0, *np.cumsum([w.n_buckets for w in windows])[:-1].tolist()]
        assert windows[-1].position + windows[-1].bits > top


def test_windows_cost_no_more_than_any_equal_ones():
    rng = random.Random(78)
    for n in (1, 2, 10, 100, 2000):
        scalars = [rng.getrandbits(rng.choice([8, 64, 253])) | 2 for _ in range(n)]
        chosen = work(choose_windows(lengths_of(scalars)), scalars)
        bits = max(k.bit_length() for k in scalars) + 1
        for c in range(1, 17):
            assert chosen <= work(equal_windows(c, bits), scalars) + 254 / 16


def test_short_scalars_have_few_windows():
    assert choose_windows(lengths_of([])) == ()
    windows = choose_windows(lengths_of([200] * 1000))
    assert windows[-1].position + windows[-1].bits < 16


def test_a_schedule_says_its_steps_and_additions():
    rng = random.Random(79)
    side = SIDES[0]
    scalars = [rng.randrange(R) for _ in range(3000)] + [1] * 5000
    trace = CountingTrace()
    with ThreadTeam(2) as team:
        sums = driver(team)
        schedule = sums.schedule(to_limbs(scalars))
        sums.g1(side.array([1] * 8000), schedule, trace=trace, phase=Phase.SUM_H)
    assert trace.steps == {Phase.SUM_H: schedule.steps}
    entries = sum(len(part.entries) for part in (schedule.buckets, schedule.ones))
    buckets = sum(w.n_buckets for w in schedule.windows)
    assert entries - buckets - 1 <= schedule.additions <= entries + 2 * buckets


def test_scalars_are_not_shown():
    with ThreadTeam(1) as team:
        schedule = driver(team).schedule(to_limbs([123456789] * 3))
    assert "array" not in repr(schedule)
    assert "entries" not in repr(schedule)


def test_what_does_not_fit_is_refused():
    with ThreadTeam(1) as team:
        sums = driver(team)
        schedule = sums.schedule(to_limbs([5, 6, 7]))
        for bases in (SIDES[0].run(2), SIDES[0].run(4), SIDES[1].run(3)):
            with pytest.raises(ValueError):
                sums.g1(bases, schedule)
        for first in (-1, 4):
            with pytest.raises(ValueError):
                schedule.slice_from(first)
        too_many = np.broadcast_to(np.zeros(4, dtype=np.uint64), ((1 << 31) + 1, 4))
        with pytest.raises(ValueError):
            sums.schedule(too_many)


# -- cancelling ------------------------------------------------------------------------------------------------------
class Stop(Trace):
    """Raises `Cancelled` from the moment that `advance` was heard `after` times; knows when that was."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.steps = 0
        self.asked_s = 0.0
        self._lock = threading.Lock()

    def advance(self, phase: Phase, steps: int = 1) -> None:
        with self._lock:
            self.steps += steps
            if self.steps == self.left:
                self.asked_s = time.monotonic()

    def check(self) -> None:
        if self.steps >= self.left:
            raise Cancelled


@both
@pytest.mark.parametrize("threads", [1, 2])
def test_cancelling_in_the_middle_is_quick_and_leaves_nothing_running(side, threads):
    n = 2000
    scalars = np.tile(to_limbs(shaped_integers(random.Random(80), 200, FR, 254)), (n // 200, 1))
    bases = np.tile(side.run(100), (n // 100, 1))
    trace = Stop(after=2)
    with ThreadTeam(threads) as team:
        sums = driver(team)
        schedule = sums.schedule(scalars)
        assert schedule.steps > 2 + threads
        with pytest.raises(Cancelled):
            getattr(sums, side.name)(bases, schedule, trace=trace)
        assert time.monotonic() - trace.asked_s < 0.5
        done = trace.steps
        assert done < schedule.steps
        # the team is free: it does other work, and no tile of the cancelled sum is among it
        assert getattr(sums, side.name)(bases, schedule) == side.multiple(
            sum(int(k) * (i % 100 + 1) for i, k in enumerate(from_limbs(scalars)))
        )
    assert trace.steps == done


def test_cancelling_while_sorting():
    class Now(Trace):
        def check(self) -> None:
            raise Cancelled

    with ThreadTeam(1) as team, pytest.raises(Cancelled):
        driver(team).schedule(to_limbs([3, 4]), trace=Now())
