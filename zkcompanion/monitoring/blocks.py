"""A stretch of a time series as a few bytes: integers in columns, byte by byte, then zlib.

A value becomes a *key*: a float of 12 bits behind the leading one, read as an integer. Keys are ordered as their
values, a key's value is within `VALUE_ERROR` of what was measured, and integers up to 8192 are exact. What is read is
checked before anything of its size is made; whatever is not as `encode_*` writes it raises ValueError.
"""

from __future__ import annotations

import math
import struct
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from operator import add, gt, sub
from typing import NamedTuple

#: Relative error of a kept value.
VALUE_ERROR = 2.0**-13
#: A percentile of a sketch is within this share of the exact one, and that share of its hour's greatest value.
SKETCH_ERROR, SKETCH_FLOOR = 2.0**-5 + 2 * VALUE_ERROR, 2.0**-8
#: Nothing that is measured comes near it; what is beyond, or no number, is not kept.
MOST = 1e38
#: Seconds that a block of each kind stands for: a whole number of the next coarser steps.
SAMPLES_BLOCK_S, MINUTES_BLOCK_S, HOURS_BLOCK_S = 900, 12 * 3600, 10 * 86400
#: A sample has its time in tenths of a second.
TENTHS = 10
_MOST_SAMPLES = SAMPLES_BLOCK_S * TENTHS
#: Series in one block, and numbers in one of its columns.
MOST_SERIES = 1024
_MOST_NUMBERS = 1 << 19
_MOST_PLAIN_BYTES = 4 << 20
_SHIFT, _HALF, _SIGN = 11, 1 << 10, 1 << 31
_MOST_KEY = 0x7F7FFFFF >> _SHIFT
#: Bits of a key that a bucket of a sketch leaves out.
_BUCKET_SHIFT = 8
_LEVEL = 6
_FLOAT, _BITS = struct.Struct("<f"), struct.Struct("<I")
_CODES = {2: "H", 4: "I", 8: "Q"}
#: A cell has a key, and behind it so many bits of a count.
CELL_BITS = 32
COUNT_MASK = (1 << CELL_BITS) - 1


class Samples(NamedTuple):
    """Values of one series at times in tenths of a second since 1970, which only grow."""

    times: Sequence[int]
    values: Sequence[float]


class Minutes(NamedTuple):
    """Minutes of one series, a column for each thing; the last five are keys.

    Percentiles are the least sample that so many are not above.
    """

    begins: Sequence[int]
    counts: Sequence[int]
    means: Sequence[float]
    low: Sequence[int]
    high: Sequence[int]
    p50: Sequence[int]
    p95: Sequence[int]
    p99: Sequence[int]


class Hours(NamedTuple):
    """Hours of one series, a column for each thing; `low` and `high` are keys.

    `cells` are the sketches, one after the other, `ends` where each ends: cells that grow, see `cell_of`.
    """

    begins: Sequence[int]
    counts: Sequence[int]
    means: Sequence[float]
    low: Sequence[int]
    high: Sequence[int]
    ends: Sequence[int]
    cells: Sequence[int]


NO_MINUTES = Minutes([], [], [], [], [], [], [], [])
NO_HOURS = Hours([], [], [], [], [], [], [])


# -- values


def keys_of(values: Sequence[float]) -> list[int]:
    """The key of each value; all are below MOST."""
    bits = memoryview(array("f", values)).cast("B").cast("I")
    return [(one + _HALF) >> _SHIFT if one < _SIGN else -((one - _SIGN + _HALF) >> _SHIFT) for one in bits]


def values_of(keys: Iterable[int]) -> list[float]:
    """The value of each key. Raises: ValueError for a key that no value has."""
    made = array("I", [one << _SHIFT if one >= 0 else (-one << _SHIFT) | _SIGN for one in _sound(keys)])
    values: list[float] = memoryview(made).cast("B").cast("f").tolist()  # type: ignore[assignment]  # cast to floats
    return values


def bucket_of(key: int) -> int:
    """The key that stands for all near it in a sketch."""
    half = 1 << (_BUCKET_SHIFT - 1)
    bucket = (key + half) >> _BUCKET_SHIFT if key >= 0 else -((half - key) >> _BUCKET_SHIFT)
    return bucket << _BUCKET_SHIFT


def cell_of(key: int, count: int) -> int:
    """How many samples have a key, in one number that is sorted by the key."""
    return key << CELL_BITS | count


def value_of(key: int) -> float:
    """The value of one key; of one that no value has, that of the nearest."""
    key = max(-_MOST_KEY, min(key, _MOST_KEY))
    (value,) = _FLOAT.unpack(_BITS.pack(key << _SHIFT if key >= 0 else (-key << _SHIFT) | _SIGN))
    return float(value)


def _sound(keys: Iterable[int]) -> list[int]:
    found = list(keys)
    if found and not -_MOST_KEY <= min(found) <= max(found) <= _MOST_KEY:
        raise ValueError("no value")
    return found


# -- samples


def encode_samples(begin_s: int, series: Mapping[int, Samples]) -> bytes:
    """Samples of some series within the block that begins then."""
    times: list[int] = []
    keys: list[int] = []
    for one in series.values():
        offsets = [time - begin_s * TENTHS for time in one.times]
        times += _differences(_differences(offsets))
        keys += _differences(keys_of(one.values))
    return _packed(
        [
            [len(series)],
            list(series),
            [len(one.times) for one in series.values()],
            _folded(times),
            _folded(keys),
        ]
    )


def decode_samples(begin_s: int, body: bytes) -> dict[int, Samples]:
    """What `encode_samples` was given, values rounded. Raises: ValueError."""
    columns = _Columns(body)
    (count,) = columns.take(1)
    _bounded(count, MOST_SERIES)
    ids = columns.take(count)
    lengths = columns.take(count)
    _bounded(max(lengths, default=0), _MOST_SAMPLES)
    total = sum(lengths)
    _bounded(total, _MOST_NUMBERS)
    times, keys = _unfolded(columns.take(total)), _unfolded(columns.take(total))
    columns.end()
    found = {}
    at = 0
    for one, length in zip(ids, lengths, strict=True):
        offsets = list(accumulate(accumulate(times[at : at + length])))
        if offsets and not (offsets[0] >= 0 and offsets[-1] < _MOST_SAMPLES and _grows(offsets)):
            raise ValueError("times out of order")
        values = values_of(accumulate(keys[at : at + length]))
        found[one] = Samples([begin_s * TENTHS + offset for offset in offsets], values)
        at += length
    return found


# -- minutes and hours


def encode_minutes(begin_s: int, minutes: Minutes) -> bytes:
    """Minutes, oldest first, within the block that begins then."""
    begins, counts, means, low, high, p50, p95, p99 = minutes
    return _packed(
        [
            [len(begins)],
            _gaps([(one - begin_s) // 60 for one in begins]),
            _folded(_differences(counts)),
            _folded(_differences(p50)),
            _folded(_over(keys_of(means), p50)),
            _over(p50, low),
            _over(p95, p50),
            _over(p99, p95),
            _over(high, p99),
        ]
    )


def decode_minutes(begin_s: int, body: bytes) -> Minutes:
    """What `encode_minutes` was given, means rounded. Raises: ValueError."""
    columns = _Columns(body)
    most = MINUTES_BLOCK_S // 60
    (count,) = columns.take(1)
    _bounded(count, most)
    begins = [begin_s + 60 * place for place in _from_gaps(columns.take(count), most)]
    counts = list(accumulate(_unfolded(columns.take(count))))
    _counts(counts)
    p50 = list(accumulate(_unfolded(columns.take(count))))
    mean = _sum(p50, _unfolded(columns.take(count)))
    low = _over(p50, columns.take(count))
    p95 = _sum(p50, columns.take(count))
    p99 = _sum(p95, columns.take(count))
    high = _sum(p99, columns.take(count))
    columns.end()
    _sound((*low, *high))
    if any(map(gt, low, mean)) or any(map(gt, mean, high)):
        raise ValueError("no mean")
    return Minutes(begins, counts, values_of(mean), low, high, p50, p95, p99)


def encode_hours(begin_s: int, hours: Hours) -> bytes:
    """Hours, oldest first, within the block that begins then."""
    begins, _, means, low, high, ends, cells = hours
    buckets = [cell >> CELL_BITS >> _BUCKET_SHIFT for cell in cells]
    firsts = [0, *ends[:-1]]
    gaps = _differences(buckets)
    for first in firsts if begins else ():
        gaps[first] = 0
    return _packed(
        [
            [len(begins)],
            _gaps([(one - begin_s) // 3600 for one in begins]),
            list(memoryview(array("f", means)).cast("B").cast("I")),
            _folded(_differences(low)),
            _over(high, low),
            _differences(ends),
            _folded(_differences([buckets[first] for first in firsts] if begins else [])),
            gaps,
            [cell & COUNT_MASK for cell in cells],
        ]
    )


def decode_hours(begin_s: int, body: bytes) -> Hours:
    """What `encode_hours` was given, means rounded. Raises: ValueError."""
    columns = _Columns(body)
    most = HOURS_BLOCK_S // 3600
    (count,) = columns.take(1)
    _bounded(count, most)
    begins = [begin_s + 3600 * place for place in _from_gaps(columns.take(count), most)]
    bits = columns.take(count)
    _bounded(max(bits, default=0), (1 << 32) - 1)
    means: list[float] = memoryview(array("I", bits)).cast("B").cast("f").tolist()  # type: ignore[assignment]
    if not all(map(math.isfinite, means)):
        raise ValueError("no mean")
    low = list(accumulate(_unfolded(columns.take(count))))
    high = _sum(low, columns.take(count))
    _sound((*low, *high))
    lengths = columns.take(count)
    _counts(lengths)
    ends = list(accumulate(lengths))
    total = sum(lengths)
    _bounded(total, _MOST_NUMBERS)
    firsts = list(accumulate(_unfolded(columns.take(count))))
    gaps, numbers = columns.take(total), columns.take(total)
    columns.end()
    _counts(numbers)
    starts = [0, *ends[:-1]] if ends else []
    if gaps.count(0) != count or any(gaps[start] for start in starts):
        raise ValueError("no sketch")
    # all sketches at once, and where one begins a step back to its first bucket
    ways, sums = list(accumulate(gaps)), list(accumulate(numbers, initial=0))
    shift = CELL_BITS + _BUCKET_SHIFT
    steps = [gap << shift for gap in gaps]
    before = 0
    for first, start, end, least, most in zip(firsts, starts, ends, low, high, strict=True):
        final = first + ways[end - 1] - ways[start]
        if first << _BUCKET_SHIFT < bucket_of(least) or final << _BUCKET_SHIFT > bucket_of(most):
            raise ValueError("a sketch beyond its bounds")
        steps[start] = (first - before) << shift
        before = final
    cells = list(map(add, accumulate(steps), numbers))
    counts = [sums[end] - sums[start] for start, end in zip(starts, ends, strict=True)]
    return Hours(begins, counts, means, low, high, ends, cells)


# -- columns of integers


def _packed(columns: Sequence[Sequence[int]]) -> bytes:
    """Each column: a byte that says how many bytes its integers take, then all first bytes, all second bytes, ..."""
    parts = bytearray()
    for column in columns:
        width = (max(column, default=0).bit_length() + 7) // 8
        parts.append(width)
        for place in range(width):
            shift = 8 * place
            parts += bytes([one >> shift & 0xFF for one in column])
    return zlib.compress(bytes(parts), _LEVEL)


class _Columns:
    def __init__(self, body: bytes) -> None:
        unpacking = zlib.decompressobj()
        try:
            self._data = unpacking.decompress(body, _MOST_PLAIN_BYTES)
        except zlib.error as error:
            raise ValueError("no block") from error
        if not unpacking.eof or unpacking.unused_data:
            raise ValueError("not one whole block")
        self._at = 0

    def take(self, count: int) -> list[int]:
        """The next column of so many integers. A column of zeros has no bytes, so `count` must be bounded before."""
        data, at = self._data, self._at
        width = data[at] if at < len(data) else 9
        end = at + 1 + width * count
        if width > 8 or end > len(data):
            raise ValueError("a column is missing")
        self._at = end
        if width == 0:
            return [0] * count
        if width == 1:
            return list(data[at + 1 : end])
        size = 2 if width == 2 else 4 if width <= 4 else 8
        whole = bytearray(size * count)
        for place in range(width):
            first = at + 1 + place * count
            whole[place::size] = data[first : first + count]
        return list(struct.unpack(f"<{count}{_CODES[size]}", whole))

    def end(self) -> None:
        """See that nothing is left."""
        if self._at != len(self._data):
            raise ValueError("more than a block")


def _counts(numbers: Sequence[int]) -> None:
    """Counts of samples, of which there are some."""
    if numbers and not 1 <= min(numbers) <= max(numbers) <= COUNT_MASK:
        raise ValueError("no samples")


def _bounded(count: int, most: int) -> None:
    if count > most:
        raise ValueError("more than fits")


def _folded(numbers: Iterable[int]) -> list[int]:
    """Small numbers of either sign as small numbers: 0, -1, 1, -2, ..."""
    return [one << 1 if one >= 0 else (-one << 1) - 1 for one in numbers]


def _unfolded(numbers: Iterable[int]) -> list[int]:
    return [(one >> 1) ^ -(one & 1) for one in numbers]


def _differences(numbers: Sequence[int]) -> list[int]:
    return [*numbers[:1], *(after - before for before, after in pairwise(numbers))]


def _gaps(places: Sequence[int]) -> list[int]:
    """Of places that grow: how many are left out before each."""
    return [*places[:1], *(after - before - 1 for before, after in pairwise(places))]


def _from_gaps(gaps: Sequence[int], most: int) -> list[int]:
    places = list(accumulate(gaps, lambda place, gap: place + gap + 1))
    if places and places[-1] >= most:
        raise ValueError("beyond the block")
    return places


def _over(numbers: Iterable[int], less: Iterable[int]) -> list[int]:
    return list(map(sub, numbers, less))


def _sum(numbers: Iterable[int], more: Iterable[int]) -> list[int]:
    return list(map(add, numbers, more))


def _grows(numbers: Sequence[int]) -> bool:
    return all(before < after for before, after in pairwise(numbers))
