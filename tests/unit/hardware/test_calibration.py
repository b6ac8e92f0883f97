"""A calibration on real kernels, with little time; which rounds count; and what it leaves behind."""

import threading

import pytest

from tests.support.backends import backend
from tests.support.clocks import HandClock
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import Cancelled
from zkcompanion.costs.rates import KINDS
from zkcompanion.hardware import calibration as module
from zkcompanion.hardware import memory_disk
from zkcompanion.hardware.calibration import _Bench, _Timing, calibrate, undisturbed
from zkcompanion.hardware.memory_disk import measure_disk
from zkcompanion.hardware.pieces import Piece, Workshop
from zkcompanion.hardware.tiny import TinyProof
from zkcompanion.proving.phases import NULL_TRACE

pytestmark = pytest.mark.kernels


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Files and arrays of which a test needs less than a measurement."""
    monkeypatch.setattr(memory_disk, "_ARRAY_BYTES", 1 << 20)
    monkeypatch.setattr(memory_disk, "_FILE_BYTES", 4 << 20)
    few = {kind: powers[:2] if kind != "g1" else (6, 8) for kind, powers in module_pieces()._POWERS.items()}
    monkeypatch.setattr(module_pieces(), "_POWERS", few)


def module_pieces():
    from zkcompanion.hardware import pieces

    return pieces


def test_every_kind_is_measured_and_nothing_is_left(tmp_path):
    told = []

    def tell(*how_far):
        told.append(how_far)

    found = calibrate(backend("scalar", 1), backend("scalar", 2), tmp_path, budget_s=0.3, progress=tell)
    assert set(found.rates.one) == set(KINDS)
    assert (found.rates.kernels, found.rates.threads) == ("scalar", 2)
    assert 0 < found.seconds < 60
    assert found.speeds.memory_one > 1e6
    assert found.speeds.disk_write is None or found.speeds.disk_write > 1e3
    assert list(tmp_path.iterdir()) == []
    shares = [share for share, _, _ in told]
    assert shares == sorted(shares)
    assert max(shares) <= 0.99
    assert {doing.template for _, doing, _ in told} == {doing.template for doing in module.DOING.values()}
    for rate in found.rates.one.values():
        assert all(seconds > 0 for _, seconds in rate.points)


def test_a_cancel_ends_it_and_leaves_nothing(tmp_path):
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        calibrate(
            backend("scalar", 1),
            backend("scalar", 1),
            tmp_path,
            trace=RecordingTrace(cancel=cancel),
            progress=lambda _share, doing, _left_s: cancel.set() if doing == module.DOING["one"] else None,
            budget_s=0.3,
        )
    assert list(tmp_path.iterdir()) == []


def test_python_integers_are_measured_at_small_sizes_only(tmp_path):
    ladders = Workshop(backend("reference", 1), tmp_path, NULL_TRACE).ladders()
    assert max(step.size for ladder in ladders for step in ladder) <= 1 << 20
    assert sum(len(ladder) for ladder in ladders) < 45


@pytest.mark.parametrize(
    ("rounds", "alone", "counted"),
    [
        # one round was disturbed
        ([(1.0, 1.0), (2.0, 1.0), (1.1, 1.08)], True, [1.0, 1.1]),
        # all were: what the work computed stands for what it would have taken
        ([(2.0, 1.0), (3.0, 1.2)], True, [1.0, 1.2]),
        # the clock is too coarse to tell
        ([(1.0, 0.0), (1.2, 0.0)], True, [1.0, 1.2]),
        # two threads
        ([(1.0, 1.9), (1.9, 1.9), (1.01, 1.91)], False, [1.0, 1.01]),
    ],
)
def test_rounds_in_which_others_had_the_processor_do_not_count(rounds, alone, counted):
    assert undisturbed(rounds, alone=alone) == counted


class Pieces(HandClock):
    """A clock that pieces move on by themselves; `share` of the time is theirs."""

    def __init__(self, share=1.0):
        super().__init__(0.0)
        self.cpu_s, self.share = 0.0, share

    def process_cpu_s(self):
        return self.cpu_s

    def spend(self, seconds):
        self.now_s += seconds
        self.cpu_s += self.share * seconds


def bench_of(clock, steps, round_s=1.0):
    bench = _Bench(backend("scalar", 1), backend("scalar", 2), clock, lambda _doing: None)
    bench.climb(steps, round_s)
    return bench


class Shop:
    """Steps that take one second for each unit of size, at both widths."""

    def __init__(self, clock, sizes, scale):
        self.made = []
        self.clock, self.sizes, self.scale = clock, sizes, scale

    def ladders(self):
        from zkcompanion.hardware.pieces import Step

        return [[Step(size, lambda size=size: self.make(size)) for size in self.sizes]]

    def make(self, size):
        self.made.append(size)
        return Piece("g1", size, lambda _backend: self.clock.spend(size * self.scale))


def test_sizes_rise_as_long_as_a_round_has_room_for_them():
    clock = Pieces()
    shop = Shop(clock, (1, 2, 4, 8, 16), 0.05)
    bench = bench_of(clock, shop, round_s=1.0)
    # two widths each: 0.1, 0.2 and 0.4 s, and 0.8 s would be too much
    assert shop.made == [1, 2, 4]
    bench.rounds(lambda: 10.0 - clock.now_s)
    rates = bench.rates()
    for width in (rates.one, rates.all):
        assert [work for work, _ in width["g1"].points] == [1, 2, 4]
        assert [seconds for _, seconds in width["g1"].points] == pytest.approx([0.05, 0.1, 0.2])
    assert bench.quiet() == 1.0


def test_rounds_end_when_there_is_no_time_for_another():
    clock = Pieces()
    bench = bench_of(clock, Shop(clock, (1,), 0.5), round_s=1.0)
    begun_s = clock.now_s
    bench.rounds(lambda: 4.2 - (clock.now_s - begun_s))
    assert clock.now_s - begun_s == pytest.approx(4.0)
    # at least three, however little time there is
    bench.rounds(lambda: -1.0)
    assert clock.now_s - begun_s == pytest.approx(7.0)


def test_beside_others_all_cores_are_not_measured_together():
    clock = Pieces(share=0.4)
    bench = bench_of(clock, Shop(clock, (1,), 0.5))
    bench.rounds(lambda: 1.0)
    rates = bench.rates()
    assert rates.all == {}
    assert rates.one["g1"].seconds(1) == pytest.approx(0.2)
    assert bench.quiet() == 0.0


def test_a_small_piece_is_repeated():
    clock = Pieces()
    bench = bench_of(clock, Shop(clock, (1,), 0.001))
    assert {timing.times for timing in bench._timings} == {4}
    assert isinstance(bench._timings[0], _Timing)


def test_a_disk_that_cannot_be_written_has_no_speed(tmp_path):
    assert measure_disk(tmp_path / "not-there", SYSTEM_CLOCK, NULL_TRACE, seconds=0.1) == (None, None)


def test_where_the_cache_cannot_be_passed_the_disk_is_measured_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_disk.os, "O_DIRECT", 1 << 30, raising=False)
    real = memory_disk.os.open

    def refuses(path, flags, mode=0o777):
        if flags & 1 << 30:
            raise OSError(22, "Invalid argument")
        return real(path, flags, mode)

    monkeypatch.setattr(memory_disk.os, "open", refuses)
    written, read = measure_disk(tmp_path, SYSTEM_CLOCK, NULL_TRACE, seconds=0.1)
    assert written > 0
    assert read > 0
    assert list(tmp_path.iterdir()) == []


def test_the_tiny_proof_holds():
    proof = TinyProof(backend("scalar", 1))
    proof.verify(backend("scalar", 1))
    assert proof.assemble(backend("scalar", 1)).pi_a is not None
