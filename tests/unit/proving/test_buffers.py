"""Arrays from kept memory: as good as new ones, never anybody else's; zeroed in time, and no more than was in use."""

from __future__ import annotations

import gc
import mmap
import threading

import numpy as np
import pytest

from zkcompanion.proving import buffers as buffers_module
from zkcompanion.proving.buffers import SMALLEST_BYTES, Buffers, _Block, _class_of

MIB = 1 << 20


@pytest.fixture(autouse=True)
def _no_slack(monkeypatch):
    monkeypatch.setattr(buffers_module, "_SLACK_BYTES", 0)


def address(array):
    return array.ctypes.data


def test_an_array_is_like_any_other():
    made = Buffers()
    array = made.empty((5000, 4))
    assert (array.shape, array.dtype, array.flags.c_contiguous, array.flags.writeable) == (
        (5000, 4),
        np.uint64,
        True,
        True,
    )
    assert address(array) % mmap.PAGESIZE == 0
    array[:] = 7
    assert int(array.sum()) == 7 * 20_000
    words = made.empty(100_000, np.uint32)
    assert (words.shape, words.dtype) == ((100_000,), np.uint32)


def test_memory_comes_again():
    made = Buffers()
    array = made.empty(MIB, np.uint8)
    array.fill(255)
    at = address(array)
    del array
    again = made.empty(MIB, np.uint8)
    assert address(again) == at
    use = made.use()
    assert (use.requests, use.reused, use.reuse) == (2, 1, 0.5)


def nothing_left(made):
    return not any(np.frombuffer(block._map, dtype=np.uint8).any() for block in made._idle)


def test_secrets_are_gone_when_the_last_array_is():
    made = Buffers()
    arrays = [made.empty(size * MIB, np.uint8) for size in (1, 4)]
    for array in arrays:
        array.fill(255)
    del array
    arrays.pop(0)
    made.use()
    assert not nothing_left(made), "within a proof memory goes on as it is"
    arrays.clear()
    assert nothing_left(made)


def test_secrets_are_gone_when_that_is_asked_for():
    made = Buffers()
    held, array = made.empty(MIB, np.uint8), made.empty(2 * MIB, np.uint8)
    held.fill(1)
    array.fill(2)
    del array
    assert made.use().idle_bytes > 0
    assert not nothing_left(made)
    made.wipe()
    assert nothing_left(made)
    assert int(held.sum()) == MIB


def test_a_block_that_shrank_is_zeroed_as_far_as_it_goes():
    made = Buffers()
    held, array = made.empty(MIB, np.uint8), made.empty(4 * MIB, np.uint8)
    array.fill(3)
    del array
    made.trim(MIB)
    made.wipe()
    assert made.use().idle_bytes == MIB
    assert nothing_left(made)
    del held


def test_memory_that_something_still_looks_at_does_not_go_back():
    made = Buffers()
    array = made.empty((40_000, 4))
    array[-1] = 9
    view = array.reshape(-1)[-4:].view(np.uint8)
    del array
    assert made.use().lent_bytes > 0
    other = made.empty((40_000, 4))
    other.fill(1)
    assert view.tolist() == 4 * [9, 0, 0, 0, 0, 0, 0, 0]
    del view
    assert made.use().idle_bytes > 0


def test_small_arrays_are_the_allocators():
    made = Buffers()
    assert made.empty(SMALLEST_BYTES - 1, np.uint8).base is None
    assert made.use().requests == 0
    assert made.use().reuse == 0.0


def test_without_a_limit_above_nothing_all_arrays_are_the_allocators():
    made = Buffers(0)
    assert made.empty(MIB, np.uint8).base is None
    assert made.use().requests == 0


def test_the_block_that_fits_best_is_taken():
    made = Buffers()
    arrays = [made.empty(size * MIB, np.uint8) for size in (4, 2, 3)]
    places = [address(array) for array in arrays]
    arrays.clear()
    assert address(made.empty(2 * MIB, np.uint8)) == places[1]


def test_a_shorter_block_grows_and_what_it_had_counts():
    made = Buffers()
    del [made.empty(2 * MIB, np.uint8)][0]
    array = made.empty(8 * MIB, np.uint8)
    assert not array.any()
    array.fill(1)
    use = made.use()
    assert (use.reused, use.reused_bytes) == (1, 2 * MIB)
    assert (use.lent_bytes, use.idle_bytes) == (8 * MIB, 0)


def test_a_much_longer_block_is_not_wasted_on_a_short_array():
    made = Buffers()
    whole = made.empty(16 * MIB, np.uint8)
    del whole
    array = made.empty(1 * MIB, np.uint8)
    use = made.use()
    assert (use.lent_bytes, use.idle_bytes) == (1 * MIB, 15 * MIB)  # the long one gave way by as much
    del array


def test_no_more_is_held_than_was_in_use_at_once():
    made = Buffers()
    rng = np.random.default_rng(5)
    for _ in range(300):
        arrays = [made.empty(int(size), np.uint8) for size in rng.integers(SMALLEST_BYTES, 4 * MIB, 5)]
        for array in arrays:
            array[-1] = 1
        use = made.use()
        assert use.lent_bytes + use.idle_bytes <= use.most_lent_bytes
        del array, arrays
    assert made.use().reuse > 0.8


def test_small_arrays_do_not_push_out_large_ones(monkeypatch):
    monkeypatch.setattr(buffers_module, "_SLACK_BYTES", 2 * MIB)
    made = Buffers()
    for _ in range(3):
        large = [made.empty(8 * MIB, np.uint8) for _ in range(2)]
        large.clear()
        small = [made.empty(MIB // 2, np.uint8) for _ in range(3)]
        small.clear()
        assert made.use().idle_bytes <= 18 * MIB
    use = made.use()
    assert use.requests - use.reused == 5, "those of the first round"


def test_no_more_is_kept_than_the_limit():
    made = Buffers(3 * MIB)
    arrays = [made.empty(MIB, np.uint8) for _ in range(6)]
    assert made.use().lent_bytes == 6 * MIB
    arrays.clear()
    assert made.use().idle_bytes == 3 * MIB


def test_a_run_may_keep_less_for_a_while():
    made = Buffers(8 * MIB)
    del [made.empty(4 * MIB, np.uint8)][0]
    with made.limited(0):
        assert made.use().idle_bytes == 0
        assert made.empty(MIB, np.uint8).base is None
    assert made.use().limit_bytes == 8 * MIB
    with made.limited(1 << 40):
        assert made.use().limit_bytes == 8 * MIB


def test_what_is_idle_goes_when_it_is_told_to():
    made = Buffers()
    arrays = [made.empty(MIB, np.uint8) for _ in range(4)]
    arrays.pop()
    assert made.trim(MIB // 2) == MIB // 2
    arrays.pop()
    assert made.trim() == MIB + MIB // 2
    assert made.use().idle_bytes == 0
    assert all(not array.any() for array in arrays)


def test_an_array_outlives_its_buffers():
    made = Buffers()
    array = made.empty(MIB, np.uint8)
    array.fill(3)
    made.close()
    made.close()
    assert int(array.sum()) == 3 * MIB
    del array
    assert made.use().idle_bytes == 0


def test_what_goes_back_while_the_lock_is_held_waits_for_nobody():
    made = Buffers()
    array = made.empty(MIB, np.uint8)
    with made._lock:
        del array  # as when Python collects garbage in the middle of a request
        assert made._idle == []
    assert made.use().idle_bytes == MIB


@pytest.mark.parametrize("act", [Buffers.use, Buffers.wipe, Buffers.trim, lambda made: made.empty(MIB, np.uint8)])
def test_what_goes_back_in_the_middle_of_anything_is_looked_at_at_once(monkeypatch, act):
    made = Buffers()
    arrays = [made.empty(MIB, np.uint8)]
    arrays[0].fill(5)
    taken = Buffers._take_back

    def take_back(self):
        taken(self)
        arrays.clear()  # as when another thread lets go now, or Python collects garbage

    monkeypatch.setattr(Buffers, "_take_back", take_back)
    act(made)
    assert not made._back
    assert nothing_left(made)


def test_a_cycle_through_an_array_gives_it_back():
    made = Buffers()
    holder = {"array": made.empty(MIB, np.uint8)}
    holder["self"] = holder
    del holder
    gc.collect()
    assert made.use().idle_bytes == MIB


def test_threads_share_it():
    made = Buffers()
    wrong = []

    def work(number):
        rng = np.random.default_rng(number)
        for _ in range(100):
            array = made.empty(int(rng.integers(SMALLEST_BYTES, MIB)), np.uint8)
            array.fill(number)
            if (array != number).any():
                wrong.append("somebody else's")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert made.use().lent_bytes == 0


def test_a_system_that_cannot_resize_gives_new_blocks(monkeypatch):
    class Fixed(mmap.mmap):
        def resize(self, _size):
            raise SystemError("mmap: resizing not available--no mremap()")

    monkeypatch.setattr(buffers_module.mmap, "mmap", Fixed)
    made = Buffers()
    del [made.empty(2 * MIB, np.uint8)][0]
    assert not made.empty(8 * MIB, np.uint8).any()
    del [made.empty(MIB, np.uint8)][0]
    assert made.trim(MIB // 2) > 0
    assert made.use().idle_bytes == 0


def refusing(monkeypatch, *, after):
    """A system that has no memory for the maps that come after so many."""
    count = 0

    class Short(mmap.mmap):
        def __new__(cls, *arguments, **options):
            nonlocal count
            count += 1
            if count > after:
                raise OSError(12, "Cannot allocate memory")
            return super().__new__(cls, *arguments, **options)

        def resize(self, _size):
            raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(buffers_module.mmap, "mmap", Short)


def test_want_of_memory_is_told_as_python_tells_it(monkeypatch):
    made = Buffers()
    refusing(monkeypatch, after=1)
    array = made.empty(MIB, np.uint8)
    with pytest.raises(MemoryError):
        made.empty(MIB, np.uint8)
    del array
    with pytest.raises(MemoryError):
        made.empty(8 * MIB, np.uint8)  # the one that there is cannot grow
    use = made.use()
    assert (use.idle_bytes, use.lent_bytes) == (0, 0)


def test_where_memory_is_short_what_is_idle_goes_first(monkeypatch):
    made = Buffers()
    array = made.empty(8 * MIB, np.uint8)
    del array
    calls = []
    make = buffers_module._Block.__init__

    def once(self, size):
        calls.append(size)
        if len(calls) == 1:
            raise OSError(12, "Cannot allocate memory")
        make(self, size)

    monkeypatch.setattr(buffers_module._Block, "__init__", once)
    again = made.empty(MIB, np.uint8)
    assert again.size == MIB
    assert (made.use().lent_bytes, made.use().idle_bytes) == (MIB, 0)


def test_a_block_that_cannot_grow_makes_way_for_a_new_one_and_so_does_what_is_idle(monkeypatch):
    mapped, room = [], 16 * MIB

    class Narrow(mmap.mmap):
        def __new__(cls, descriptor, size, **options):
            if sum(mapped) + size > room:
                raise OSError(12, "Cannot allocate memory")
            mapped.append(size)
            return super().__new__(cls, descriptor, size, **options)

        def resize(self, _size):
            raise OSError(12, "Cannot allocate memory")

        def close(self):
            mapped.remove(len(self))
            super().close()

    monkeypatch.setattr(buffers_module.mmap, "mmap", Narrow)
    made = Buffers()
    arrays = [made.empty(size * MIB, np.uint8) for size in (4, 6, 6)]
    arrays.clear()
    room = 10 * MIB  # others have taken some since
    assert made.empty(8 * MIB, np.uint8).nbytes == 8 * MIB
    assert made.use().reused == 0


def test_a_block_does_not_shrink_to_nothing():
    block = _Block(1 << 17)
    assert not block.shrink((1 << 17) - SMALLEST_BYTES + 1)
    assert block.shrink(SMALLEST_BYTES)
    assert block.size == SMALLEST_BYTES
    block.close()


@pytest.mark.parametrize("size", [SMALLEST_BYTES, SMALLEST_BYTES + 1, 100_000, 3 * MIB, (1 << 30) + 1])
def test_blocks_have_few_sizes_and_little_more_than_is_asked_for(size):
    found = _class_of(size)
    assert size <= found <= size * 1.25 + mmap.PAGESIZE
    assert found % mmap.PAGESIZE == 0
    assert _class_of(found) == found


def test_large_pages_that_the_system_does_not_have_are_done_without(monkeypatch):
    monkeypatch.setattr(buffers_module, "_LARGE_PAGES", 9999)
    assert not Buffers().empty(8 * MIB, np.uint8).any()
    monkeypatch.setattr(buffers_module, "_LARGE_PAGES", None)
    assert not Buffers().empty(8 * MIB, np.uint8).any()
