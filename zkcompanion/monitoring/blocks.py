"""A stretch of a time series as a few bytes: integers in columns, byte by byte, then zlib.

A value becomes a *key*: a float of 12 bits behind the leading one, read as an integer. Keys are ordered as their
values, a key's value is within `VALUE_ERROR` of what was measured, and integers up to 8192 are exact. What is read is
checked before anything of its size is made; whatever is not as `encode_*` writes it raises ValueError.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

#: Relative error of a kept value.
VALUE_ERROR = 2.0**-13
#: A percentile of a sketch is within this share of the exact one.
SKETCH_ERROR = 2.0**-5 + VALUE_ERROR
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
#: Samples in a minute or a bucket of an hour, with those of a clock that is set back again and again.
_MOST_COUNT = 1 << 32
_MOST_PLAIN_BYTES = 4 << 20
_SHIFT, _HALF, _SIGN = 11, 1 << 10, 1 << 31
_MOST_KEY = 0x7F7FFFFF >> _SHIFT
#: Bits of a key that a bucket of a sketch leaves out.
_BUCKET_SHIFT = 8
_LEVEL = 6


class Samples(NamedTuple):
    """Values of one series at times in tenths of a second since 1970, which only grow."""

    times: Sequence[int]
    values: Sequence[float]


class Minute(NamedTuple):
    """The samples of one minute; percentiles are the least sample that so many are not above."""

    begin_s: int
    samples: int
    mean: float
    low: float
    high: float
    p50: float
    p95: float
    p99: float


class Hour(NamedTuple):
    """The samples of one hour; `sketch`: how many fell into each bucket."""

    begin_s: int
    mean: float
    low: float
    high: float
    sketch: Mapping[int, int]


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
    """The bucket of a sketch."""
    half = 1 << (_BUCKET_SHIFT - 1)
    return (key + half) >> _BUCKET_SHIFT if key >= 0 else -((half - key) >> _BUCKET_SHIFT)


def bucket_values(buckets: Iterable[int]) -> list[float]:
    """The value that stands for each bucket."""
    return values_of(max(-_MOST_KEY, min(one << _BUCKET_SHIFT, _MOST_KEY)) for one in buckets)


def _sound(keys: Iterable[int]) -> list[int]:
    found = list(keys)
    if max(map(abs, found), default=0) > _MOST_KEY:
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


def encode_minutes(begin_s: int, minutes: Sequence[Minute]) -> bytes:
    """Minutes of one series, oldest first, within the block that begins then."""
    mean, low, high, p50, p95, p99 = (keys_of([one[place] for one in minutes]) for place in range(2, 8))
    return _packed(
        [
            [len(minutes)],
            _gaps([(one.begin_s - begin_s) // 60 for one in minutes]),
            _folded(_differences([one.samples for one in minutes])),
            _folded(_differences(p50)),
            _folded(_over(mean, p50)),
            _over(p50, low),
            _over(p95, p50),
            _over(p99, p95),
            _over(high, p99),
        ]
    )


def decode_minutes(begin_s: int, body: bytes) -> list[Minute]:
    """What `encode_minutes` was given, values rounded. Raises: ValueError."""
    columns = _Columns(body)
    (count,) = columns.take(1)
    _bounded(count, MINUTES_BLOCK_S // 60)
    places = _from_gaps(columns.take(count), MINUTES_BLOCK_S // 60)
    counts = list(accumulate(_unfolded(columns.take(count))))
    if min(counts, default=1) < 1:
        raise ValueError("no samples")
    _bounded(max(counts, default=1), _MOST_COUNT)
    p50 = list(accumulate(_unfolded(columns.take(count))))
    mean = _sum(p50, _unfolded(columns.take(count)))
    low = [one - less for one, less in zip(p50, columns.take(count), strict=True)]
    p95 = _sum(p50, columns.take(count))
    p99 = _sum(p95, columns.take(count))
    high = _sum(p99, columns.take(count))
    columns.end()
    if any(not first <= middle <= last for first, middle, last in zip(low, mean, high, strict=True)):
        raise ValueError("no mean")
    begins = [begin_s + 60 * place for place in places]
    values = (values_of(one) for one in (mean, low, high, p50, p95, p99))
    return list(map(Minute, begins, counts, *values))


def encode_hours(begin_s: int, hours: Sequence[Hour]) -> bytes:
    """Hours of one series, oldest first, within the block that begins then."""
    low, high = keys_of([one.low for one in hours]), keys_of([one.high for one in hours])
    sketches = [sorted(one.sketch) for one in hours]
    means = memoryview(array("f", [one.mean for one in hours])).cast("B").cast("I")
    return _packed(
        [
            [len(hours)],
            _gaps([(one.begin_s - begin_s) // 3600 for one in hours]),
            list(means),
            _folded(_differences(low)),
            _over(high, low),
            [len(sketch) for sketch in sketches],
            _folded(_differences([sketch[0] for sketch in sketches])),
            [after - before for sketch in sketches for before, after in pairwise(sketch)],
            [hour.sketch[bucket] for hour, sketch in zip(hours, sketches, strict=True) for bucket in sketch],
        ]
    )


def decode_hours(begin_s: int, body: bytes) -> list[Hour]:
    """What `encode_hours` was given, values rounded. Raises: ValueError."""
    columns = _Columns(body)
    (count,) = columns.take(1)
    _bounded(count, HOURS_BLOCK_S // 3600)
    places = _from_gaps(columns.take(count), HOURS_BLOCK_S // 3600)
    bits = columns.take(count)
    _bounded(max(bits, default=0), (1 << 32) - 1)
    means = memoryview(array("I", bits)).cast("B").cast("f").tolist()
    low = list(accumulate(_unfolded(columns.take(count))))
    high = _sum(low, columns.take(count))
    lows, highs = values_of(low), values_of(high)
    lengths = columns.take(count)
    if min(lengths, default=1) < 1:
        raise ValueError("no samples")
    _bounded(sum(lengths), _MOST_NUMBERS)
    firsts = list(accumulate(_unfolded(columns.take(count))))
    steps, counts = columns.take(sum(lengths) - count), columns.take(sum(lengths))
    columns.end()
    if min(steps, default=1) < 1 or min(counts, default=1) < 1:
        raise ValueError("no sketch")
    _bounded(max(counts, default=1), _MOST_COUNT)
    found = []
    at = 0
    for index, length in enumerate(lengths):
        buckets = list(accumulate((firsts[index], *steps[at - index : at - index + length - 1])))
        if buckets[0] < bucket_of(low[index]) or buckets[-1] > bucket_of(high[index]):
            raise ValueError("a sketch beyond its bounds")
        if not math.isfinite(means[index]):
            raise ValueError("no mean")
        sketch = dict(zip(buckets, counts[at : at + length], strict=True))
        found.append(Hour(begin_s + 3600 * places[index], means[index], lows[index], highs[index], sketch))
        at += length
    return found


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
        found = list(data[at + 1 : at + 1 + count])
        for place in range(1, width):
            first, shift = at + 1 + place * count, 8 * place
            found = [one | more << shift for one, more in zip(found, data[first : first + count], strict=True)]
        return found

    def end(self) -> None:
        """See that nothing is left."""
        if self._at != len(self._data):
            raise ValueError("more than a block")


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
    return [one - other for one, other in zip(numbers, less, strict=True)]


def _sum(numbers: Iterable[int], more: Iterable[int]) -> list[int]:
    return [one + other for one, other in zip(numbers, more, strict=True)]


def _grows(numbers: Sequence[int]) -> bool:
    return all(before < after for before, after in pairwise(numbers))
