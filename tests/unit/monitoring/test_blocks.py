import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.monitoring.blocks import (
    HOURS_BLOCK_S,
    MINUTES_BLOCK_S,
    MOST,
    NO_HOURS,
    NO_MINUTES,
    SKETCH_ERROR,
    VALUE_ERROR,
    Hours,
    Minutes,
    Samples,
    bucket_of,
    cell_of,
    decode_hours,
    decode_minutes,
    decode_samples,
    encode_hours,
    encode_minutes,
    encode_samples,
    keys_of,
    value_of,
    values_of,
)

BEGIN = 1_795_694_400
VALUES = st.floats(-MOST, MOST, allow_subnormal=False) | st.integers(-8192, 8192).map(float)


def near(found, value, error):
    return abs(found - value) <= error * abs(value) + 1e-37


@given(st.lists(VALUES))
def test_a_kept_value_is_within_its_error_and_keeps_its_order(values):
    found = values_of(keys_of(values))
    assert all(near(one, value, VALUE_ERROR) for one, value in zip(found, values, strict=True))
    assert [found[place] for place in sorted(range(len(values)), key=values.__getitem__)] == sorted(found)
    assert values_of(keys_of(found)) == found


def test_whole_numbers_up_to_8192_are_kept_as_they_are():
    values = [float(one) for one in range(-8192, 8193)]
    assert values_of(keys_of(values)) == values


@given(st.lists(VALUES))
def test_the_value_that_stands_for_a_bucket_is_within_the_error_of_a_sketch(values):
    assert all(
        near(value_of(bucket_of(key)), value, SKETCH_ERROR) for key, value in zip(keys_of(values), values, strict=True)
    )


@given(VALUES)
def test_one_value_is_as_many_are(value):
    (key,) = keys_of([value])
    assert [value_of(key)] == values_of([key])


def test_a_key_beyond_all_stands_for_the_greatest_value():
    assert value_of(1 << 40) == -value_of(-1 << 40) > MOST


@st.composite
def samples(draw):
    times = sorted(draw(st.sets(st.integers(0, 8999), max_size=9)))
    values = draw(st.lists(VALUES, min_size=len(times), max_size=len(times)))
    return Samples([BEGIN * 10 + time for time in times], values)


@given(st.dictionaries(st.integers(0, 1 << 40), samples(), max_size=3))
def test_samples_are_read_as_they_were_written(series):
    found = decode_samples(BEGIN, encode_samples(BEGIN, series))
    assert {one: list(kept.times) for one, kept in found.items()} == {
        one: list(kept.times) for one, kept in series.items()
    }
    assert {one: kept.values for one, kept in found.items()} == {
        one: values_of(keys_of(kept.values)) for one, kept in series.items()
    }


def rounded(value):
    return values_of(keys_of([value]))[0]


def places(draw, step_s, length_s, most):
    found = sorted(draw(st.sets(st.integers(0, length_s // step_s - 1), max_size=most)))
    return [BEGIN + step_s * place for place in found]


@st.composite
def minutes(draw):
    begins = places(draw, 60, MINUTES_BLOCK_S, 5)
    rows = []
    for _ in begins:
        low, mean, p50, p95, p99, high = sorted(draw(st.lists(VALUES, min_size=6, max_size=6)))
        p50, mean = draw(st.permutations([p50, mean]))
        rows.append((draw(st.integers(1, 600)), rounded(mean), *keys_of([low, high, p50, p95, p99])))
    return Minutes(begins, *map(list, zip(*rows, strict=True))) if rows else NO_MINUTES


@given(minutes())
def test_minutes_are_read_as_they_were_written(kept):
    assert decode_minutes(BEGIN, encode_minutes(BEGIN, kept)) == kept


@st.composite
def hours(draw):
    begins = places(draw, 3600, HOURS_BLOCK_S, 4)
    rows, ends, cells = [], [], []
    for _ in begins:
        values = sorted(map(rounded, draw(st.lists(VALUES, min_size=1, max_size=4))))
        sketch = {bucket_of(key): draw(st.integers(1, 36_000)) for key in keys_of(values)}
        cells += [cell_of(key, sketch[key]) for key in sorted(sketch)]
        ends.append(len(cells))
        rows.append((sum(sketch.values()), values[len(values) // 2], *keys_of([values[0], values[-1]])))
    return Hours(begins, *map(list, zip(*rows, strict=True)), ends, cells) if rows else NO_HOURS


@given(hours())
def test_hours_are_read_as_they_were_written(kept):
    assert decode_hours(BEGIN, encode_hours(BEGIN, kept)) == kept


SAMPLES = encode_samples(BEGIN, {7: Samples([BEGIN * 10 + 3, BEGIN * 10 + 13], [1.5, -3.0])})
LOW, P50, P95, HIGH = keys_of([1.0, 2.0, 8.0, 9.0])
MINUTES = encode_minutes(BEGIN, Minutes([BEGIN], [60], [2.0], [LOW], [HIGH], [P50], [P95], [HIGH]))
CELLS = [cell_of(bucket_of(key), 3) for key in (LOW, HIGH)]
HOURS = encode_hours(BEGIN, Hours([BEGIN + 3600], [6], [2.0], [LOW], [HIGH], [2], CELLS))
READERS = [(decode_samples, SAMPLES), (decode_minutes, MINUTES), (decode_hours, HOURS)]


@pytest.mark.parametrize(("decode", "body"), READERS)
def test_a_part_of_a_block_or_more_than_one_is_refused(decode, body):
    decode(BEGIN, body)
    plain = zlib.decompress(body)
    for bad in (
        b"",
        b"\xff\xff",
        body[:-1],
        body + b"\0",
        *(zlib.compress(plain[:length]) for length in range(len(plain))),
        zlib.compress(plain + b"\0"),
    ):
        with pytest.raises(ValueError):
            decode(BEGIN, bad)


@pytest.mark.parametrize(("decode", "body"), READERS)
@given(place=st.integers(0, 200), byte=st.integers(0, 255))
def test_a_block_with_any_byte_changed_is_read_or_refused(decode, body, place, byte):
    plain = bytearray(zlib.decompress(body))
    plain[place % len(plain)] = byte
    with contextlib.suppress(ValueError):
        decode(BEGIN, zlib.compress(bytes(plain)))


@pytest.mark.parametrize(("decode", "_body"), READERS)
@given(plain=st.binary(max_size=60))
def test_what_is_no_block_is_read_or_refused(decode, _body, plain):
    with contextlib.suppress(ValueError):
        decode(BEGIN, zlib.compress(plain))


def columns(*columns):
    """A block whose columns have eight bytes for each number."""
    parts = []
    for column in columns:
        parts.append(b"\x08")
        parts += [bytes([one >> 8 * place & 255 for one in column]) for place in range(8)]
    return zlib.compress(b"".join(parts))


FAR = 1 << 63
#: The first number of a column that is folded is twice what it stands for.
ONE = 2 * keys_of([1.0])[0]
FAR_KEY = 1 << 21


@pytest.mark.parametrize(
    ("decode", "bad"),
    [
        (decode_samples, columns([FAR])),
        (decode_samples, zlib.compress(b"\x01\x01\0\x08" + b"\xff" * 8 + b"\0\0")),  # so many zeros take no bytes
        (decode_samples, columns([1], [7], [9001], [], [])),
        (decode_samples, columns([80], range(80), [9000] * 80, [], [])),
        (decode_samples, columns([1], [7], [1], [18_000], [ONE])),  # after the end
        (decode_samples, columns([1], [7], [1], [1], [ONE])),  # before the beginning
        (decode_samples, columns([1], [7], [2], [2, 1], [ONE, 0])),  # twice the same time
        (decode_samples, columns([1], [7], [1], [0], [FAR])),
        (decode_minutes, columns([721], *[[0] * 721] * 8)),
        (decode_minutes, columns([1], [720], [2], [ONE], [0], [0], [0], [0], [0])),
        (decode_minutes, columns([1], [0], [0], [ONE], [0], [0], [0], [0], [0])),
        (decode_minutes, columns([1], [0], [2], [ONE], [2], [0], [0], [0], [0])),
        (decode_hours, columns([241], *[[0] * 241] * 8)),
        (decode_minutes, columns([1], [0], [2], [2 * FAR_KEY], [0], [0], [0], [0], [0])),
        (decode_hours, columns([1], [0], [1 << 32], [ONE], [0], [1], [ONE >> 8], [0], [5])),
        (decode_hours, columns([1], [0], [0x7F800000], [ONE], [0], [1], [ONE >> 8], [0], [5])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [0], [ONE >> 8], [], [])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [FAR], [ONE >> 8], [], [])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [1 << 20], [ONE >> 8], [], [])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [1], [ONE >> 8], [0], [0])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [1], [ONE >> 8], [0], [1 << 33])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [2], [ONE >> 8], [0, 0], [1, 1])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [2], [ONE >> 8], [1, 0], [1, 1])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [2], [ONE >> 8], [0, 1], [1, 1])),
        (decode_hours, columns([1], [0], [0], [ONE], [0], [1], [2], [0], [1])),
        (decode_hours, columns([1], [0], [0], [2 * FAR_KEY], [0], [1], [ONE >> 8], [0], [1])),
    ],
)
def test_a_block_that_no_program_writes_is_refused(decode, bad):
    with pytest.raises(ValueError):
        decode(BEGIN, bad)


def test_a_block_that_swells_is_refused_before_it_fills_the_memory():
    with pytest.raises(ValueError, match="whole"):
        decode_samples(BEGIN, zlib.compress(bytes(5 << 20)))
