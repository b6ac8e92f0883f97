"""Rungs of real workloads: which are chosen, in which order, and where the line lies."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.hardware_examples import workload
from zkcompanion.app.hardware_views import Tier
from zkcompanion.app.ladder import POSSIBLE, TOO_MUCH, ladder

TIERS = (*POSSIBLE, *TOO_MUCH, "unknown")


def ids(found):
    return [one.id for one in found]


def test_the_lightest_comes_first_and_one_line_parts_them():
    found = ladder(
        (
            workload("huge", "impossible", seconds=None),
            workload("small", "easily", seconds=0.1),
            workload("large", "barely", seconds=90),
            workload("middle", "well", seconds=5),
            workload("near", "too large", seconds=400),
            workload("nobody-knows", "unknown", seconds=None),
        )
    )
    assert ids(found.reached) == ["small", "middle", "large"]
    assert ids(found.beyond) == ["near", "huge"]
    assert ids(found.rungs) == ["small", "middle", "large", "near", "huge"]


def test_of_many_the_ends_and_an_even_choice_between_are_kept():
    many = [workload(f"w{number:02d}", "easily", seconds=number + 1) for number in range(21)]
    far = [workload(f"x{number}", "impossible", seconds=1000 + number) for number in range(5)]
    found = ladder([*reversed(many), *far])
    assert ids(found.reached) == ["w00", "w05", "w10", "w15", "w20"]
    assert ids(found.beyond) == ["x0", "x2", "x4"]


def test_of_those_that_lie_together_another_kind_is_taken_and_one_with_a_time():
    many = [
        replace(workload(f"w{n:02d}", "easily", seconds=n + 1), group="vote" if n in {4, 11} else "hash")
        for n in range(21)
    ]
    assert ids(ladder(many).reached) == ["w00", "w05", "w11", "w15", "w20"]
    untimed = [replace(one, group="hash", seconds=None if n != 2 else one.seconds) for n, one in enumerate(many[:9])]
    assert ids(ladder(untimed, reached=3).reached) == ["w02", "w04", "w08"]


def test_without_any_there_is_no_rung():
    assert ladder(()).rungs == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(TIERS), st.none() | st.floats(0.001, 1e6), st.none() | st.floats(1e6, 1e12)),
        max_size=60,
    ),
    st.integers(2, 6),
    st.integers(2, 6),
)
def test_every_choice_is_real_ordered_and_bounded(found, reached, beyond):
    tiers: tuple[Tier, ...] = TIERS
    given_ = [workload(f"w{n}", tier, seconds=s, memory=m) for n, (tier, s, m) in enumerate(found)]
    made = ladder(given_, reached=reached, beyond=beyond)
    assert len(made.reached) <= reached
    assert len(made.beyond) <= beyond
    assert set(ids(made.rungs)) <= set(ids(given_))
    assert len(set(ids(made.rungs))) == len(made.rungs)
    places = [tiers.index(one.verdict.tier) for one in made.rungs]
    assert places == sorted(places)
    possible = [one for one in given_ if one.verdict.tier in POSSIBLE]
    assert len(made.reached) == min(reached, len(possible))
