import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.monitoring.blocks import (
    NO_HOURS,
    NO_MINUTES,
    SKETCH_ERROR,
    SKETCH_FLOOR,
    VALUE_ERROR,
    Minutes,
    Samples,
    keys_of,
    value_of,
)
from zkcompanion.monitoring.tiers import (
    BLOCK_S,
    KEPT_S,
    STEP_S,
    WIDTHS_S,
    Part,
    Steps,
    Tier,
    hours_of,
    joined_hours,
    joined_minutes,
    joined_samples,
    minutes_of,
    origin_of,
    parts_of,
    rank,
    tier_for,
    unknown_samples,
    width_for,
)

BEGIN = 1_795_694_400
VALUES = st.floats(-1e12, 1e12, allow_subnormal=False) | st.integers(0, 100).map(float)


@pytest.mark.parametrize(
    ("percent", "count", "expected"), [(50, 1, 0), (50, 2, 0), (50, 3, 1), (95, 20, 18), (95, 21, 19), (99, 60, 59)]
)
def test_a_percentile_is_the_least_sample_that_so_many_are_not_above(percent, count, expected):
    assert rank(percent, count) == expected


def test_blocks_are_whole_steps_of_the_next_tier_and_are_kept_for_whole_blocks():
    assert BLOCK_S[Tier.RAW] % STEP_S[Tier.MINUTE] == BLOCK_S[Tier.MINUTE] % STEP_S[Tier.HOUR] == 0
    assert all(width % 60 == 0 for width in WIDTHS_S if width > 30)
    assert all(width % 3600 == 0 for width in WIDTHS_S if width > 1800)
    assert [KEPT_S[tier] / 86400 for tier in Tier] == [1, 90, 730]


def laid(values, begin_s=BEGIN, step=10):
    return Samples([begin_s * 10 + step * place for place in range(len(values))], values)


def test_minutes_are_those_of_a_table():
    minutes = minutes_of(laid([float(one) for one in range(130)]))
    assert (minutes.begins, minutes.counts) == ([BEGIN, BEGIN + 60, BEGIN + 120], [60, 60, 10])
    assert minutes.means == [29.5, 89.5, 124.5]
    for column, expected in zip(
        minutes[3:], ([0, 60, 120], [59, 119, 129], [29, 89, 124], [56, 116, 129], [59, 119, 129]), strict=True
    ):
        assert [value_of(key) for key in column] == expected


def test_an_hour_is_that_of_a_table():
    hours = hours_of(laid([1.0, 2.0, 2.0, 64.0]))
    assert (hours.begins, hours.counts, hours.means, hours.ends) == ([BEGIN], [4], [17.25], [3])
    assert [(value_of(cell >> 32), cell & 0xFFFFFFFF) for cell in hours.cells] == [(1, 1), (2, 2), (64, 1)]


def test_samples_are_joined_in_order_and_the_kept_one_stays():
    kept, new = Samples([10, 30], [1.0, 3.0]), Samples([20, 30, 40], [2.0, 9.0, 4.0])
    assert joined_samples(kept, new) == Samples([10, 20, 30, 40], [1.0, 2.0, 3.0, 4.0])
    assert unknown_samples(new, kept) == Samples([20, 40], [2.0, 4.0])


VALUE_LISTS = st.lists(VALUES, min_size=1, max_size=90)


@given(VALUE_LISTS, VALUE_LISTS)
def test_two_parts_of_a_minute_become_one(first, second):
    joined = joined_minutes(minutes_of(laid(first[:60])), minutes_of(laid(second[:60])))
    whole = first[:60] + second[:60]
    assert (joined.begins, joined.counts) == ([BEGIN], [len(whole)])
    assert joined.means[0] == pytest.approx(sum(whole) / len(whole), rel=1e-9, abs=1e-3 * max(map(abs, whole)) + 1e-9)
    assert (joined.low, joined.high) == (keys_of([min(whole)]), keys_of([max(whole)]))
    assert joined.low <= joined.p50 <= joined.p95 <= joined.p99 <= joined.high
    own = [sorted(part)[rank(50, len(part))] for part in (first[:60], second[:60])]
    assert min(keys_of(own)) <= joined.p50[0] <= max(keys_of(own))


def test_parts_of_different_minutes_stand_beside_each_other():
    first, second = minutes_of(laid([1.0])), minutes_of(laid([2.0], BEGIN + 60))
    assert joined_minutes(second, first) == joined_minutes(first, second)
    assert joined_minutes(NO_MINUTES, first) == first
    assert joined_minutes(first, second).begins == [BEGIN, BEGIN + 60]


@given(VALUE_LISTS, VALUE_LISTS)
def test_two_parts_of_an_hour_become_one_within_the_error_of_a_sketch(first, second):
    joined = joined_hours(hours_of(laid(first)), hours_of(laid(second, BEGIN + 900)))
    whole = sorted(first + second)
    assert (joined.begins, joined.counts) == ([BEGIN], [len(whole)])
    steps = Steps(BEGIN, 3600.0)
    steps.add_hours(joined, BEGIN, BEGIN + 3600)
    (point,) = steps.points()
    most = max(map(abs, whole))
    for percent, value in ((50, point.p50), (95, point.p95)):
        exact = whole[rank(percent, len(whole))]
        assert abs(value - exact) <= SKETCH_ERROR * abs(exact) + SKETCH_FLOOR * most * (1 + SKETCH_ERROR) + 1e-30


def test_hours_of_different_times_stand_beside_each_other():
    first, second = hours_of(laid([1.0])), hours_of(laid([2.0, 3.0], BEGIN + 3600))
    joined = joined_hours(second, first)
    assert (joined.begins, joined.ends) == ([BEGIN, BEGIN + 3600], [1, 3])
    assert joined_hours(NO_HOURS, first) == first


# -- which steps


@given(st.floats(0, 2e9), st.floats(0.1, 1e8), st.integers(1, 3000))
def test_there_are_never_more_steps_than_points(begin, length, points):
    end = begin + length
    width = width_for(begin, end, points)
    origin = origin_of(begin, width)
    last = int((end - 1e-3 - origin) // width)
    assert last - int((begin - origin) // width) < points + (width not in WIDTHS_S)


@pytest.mark.parametrize(
    ("width", "tier"), [(1, Tier.RAW), (30, Tier.RAW), (60, Tier.MINUTE), (1800, Tier.MINUTE), (3600, Tier.HOUR)]
)
def test_the_coarsest_tier_that_fits_answers(width, tier):
    assert tier_for(width) is tier
    assert tier_for(0.3) is Tier.RAW


ALL = dict.fromkeys(Tier, 0)


def test_the_ends_of_a_stretch_come_from_finer_tiers():
    assert parts_of(3590.5, 7261, Tier.HOUR, ALL) == [
        Part(Tier.RAW, 3590.5, 3600),
        Part(Tier.HOUR, 3600, 7200),
        Part(Tier.MINUTE, 7200, 7260),
        Part(Tier.RAW, 7260, 7261),
    ]
    assert parts_of(10, 20, Tier.HOUR, ALL) == [Part(Tier.RAW, 10, 20)]
    assert parts_of(20, 20, Tier.HOUR, ALL) == []


def test_where_a_tier_has_made_room_the_next_one_stands_in():
    kept = {Tier.RAW: 90_000, Tier.MINUTE: 86_400, Tier.HOUR: 0}
    assert parts_of(80_000, 100_000, Tier.RAW, kept) == [
        Part(Tier.HOUR, 80_000, 86_400),
        Part(Tier.MINUTE, 86_400, 90_000),
        Part(Tier.RAW, 90_000, 100_000),
    ]
    assert parts_of(80_000, 85_000, Tier.RAW, kept) == [Part(Tier.HOUR, 80_000, 85_000)]


@given(
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.sampled_from(Tier),
    st.integers(0, 1000),
    st.integers(0, 20),
)
def test_parts_are_the_whole_stretch_and_none_of_it_twice(begin, length, tier, raw, minute):
    kept = {Tier.RAW: 900 * raw, Tier.MINUTE: BLOCK_S[Tier.MINUTE] * minute, Tier.HOUR: 5}
    parts = parts_of(begin, begin + length, tier, kept)
    ends = [begin, *(part.end_s for part in parts)]
    assert [part.begin_s for part in parts] == ends[:-1]
    assert ends[-1] == begin + length or not parts
    assert all(part.tier is Tier.HOUR or part.begin_s >= kept[part.tier] for part in parts)


# -- joined


@given(st.lists(VALUES, min_size=1, max_size=150), st.sampled_from([1, 2, 20, 60, 120, 300, 900, 3600]))
def test_minutes_and_samples_together_say_what_all_samples_say(values, width):
    """The first 120 seconds come as minutes, the rest as samples."""
    samples = laid(values)
    steps = Steps(BEGIN, float(width))
    steps.add_minutes(minutes_of(samples), BEGIN, BEGIN + 120)
    steps.add_samples(samples, BEGIN + 120, BEGIN + 1e6)
    points = steps.points()
    assert sum(one.count for one in points) == len(values)
    for one in points:
        first = int(one.unix_s - BEGIN)
        within = sorted(values[first : first + int(one.step_s)])
        most = max(map(abs, within))
        assert one.count == len(within)
        assert abs(one.mean - sum(within) / len(within)) <= 2 * VALUE_ERROR * most + 1e-30
        assert abs(one.low - within[0]) <= VALUE_ERROR * most + 1e-30
        assert abs(one.high - within[-1]) <= VALUE_ERROR * most + 1e-30
        assert one.low <= one.p50 <= one.p95 <= one.high
        if one.step_s <= 60:
            assert abs(one.p50 - within[rank(50, len(within))]) <= VALUE_ERROR * most + 1e-30
            assert abs(one.p95 - within[rank(95, len(within))]) <= VALUE_ERROR * most + 1e-30


@given(st.lists(st.lists(VALUES, min_size=1, max_size=9), min_size=2, max_size=4))
def test_the_percentile_of_minutes_is_between_the_minutes_own_as_the_exact_one_is(minutes):
    made = [minutes_of(laid(values, BEGIN + 60 * place)) for place, values in enumerate(minutes)]
    whole = Minutes(*([one for minute in made for one in minute[column]] for column in range(8)))
    steps = Steps(BEGIN, 900.0)
    steps.add_minutes(whole, BEGIN, BEGIN + 900)
    (point,) = steps.points()
    everything = sorted(value for values in minutes for value in values)
    for percent, value in ((50, point.p50), (95, point.p95)):
        own = [value_of(key) for key in keys_of([sorted(some)[rank(percent, len(some))] for some in minutes])]
        exact = value_of(keys_of([everything[rank(percent, len(everything))]])[0])
        assert min(own) <= value <= max(own)
        assert min(own) <= exact <= max(own)


def test_hours_minutes_and_samples_in_one_step():
    steps = Steps(BEGIN, 7200.0)
    steps.add_hours(hours_of(laid([1.0] * 100)), BEGIN, BEGIN + 3600)
    steps.add_minutes(minutes_of(laid([2.0] * 50, BEGIN + 3600)), BEGIN + 3600, BEGIN + 7200)
    steps.add_samples(laid([8.0] * 50, BEGIN + 5000), BEGIN, BEGIN + 7200)
    (point,) = steps.points()
    assert (point.count, point.mean, point.low, point.high, point.p50, point.p95) == (200, 3.0, 1.0, 8.0, 1.0, 8.0)


def test_what_is_coarser_than_a_step_is_one_of_its_own_length():
    steps = Steps(BEGIN, 10.0)
    steps.add_hours(hours_of(laid([4.0] * 10)), BEGIN, BEGIN + 1)
    steps.add_samples(laid([5.0] * 3, BEGIN + 3600), BEGIN, BEGIN + 4000)
    first, second = steps.points()
    assert (first.unix_s, first.step_s, first.count, first.p50) == (BEGIN, 3600, 10, 4.0)
    assert (second.unix_s, second.step_s, second.count, second.p50) == (BEGIN + 3600, 10, 3, 5.0)


def test_a_width_of_no_whole_number_misses_nothing():
    steps = Steps(BEGIN + 0.05, 0.7)
    steps.add_samples(laid([1.0] * 100, BEGIN, 1), BEGIN, BEGIN + 100)
    assert sum(one.count for one in steps.points()) == 100
