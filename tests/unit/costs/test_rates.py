"""Rates: lines between measurements, other numbers of threads, other families, and JSON."""

import copy
import json
import math

import pytest

from zkcompanion.base.errors import BugError
from zkcompanion.costs import references as module
from zkcompanion.costs.rates import (
    KINDS,
    Rate,
    Rates,
    amdahl,
    rates_from_plain,
    rates_to_plain,
    serial_share,
)
from zkcompanion.costs.references import guessed_rates, in_other_family, references

RATE = Rate(((10.0, 1.0), (1000.0, 10.0), (4000.0, 80.0)))
RATES = Rates("ifma", 4, {"g1": RATE, "verify": Rate(((1.0, 0.5),))}, {"g1": Rate(((10.0, 0.5), (4000.0, 40.0)))})


@pytest.mark.parametrize(
    ("work", "seconds"),
    [(0, 0.0), (-3, 0.0), (1, 1.0), (10, 1.0), (100, math.sqrt(10)), (1000, 10.0), (4000, 80.0), (8000, 160.0)],
)
def test_between_measurements_lines_are_straight_in_logarithms(work, seconds):
    assert RATE.seconds(work) == pytest.approx(seconds)


def test_other_numbers_of_threads_follow_from_the_two_that_were_measured():
    assert RATES.seconds("g1", 4000) == 80.0
    assert RATES.seconds("g1", 4000, 4) == 40.0
    serial = serial_share(0.5, 4)
    assert serial == pytest.approx(1 / 3)
    assert RATES.seconds("g1", 4000, 2) == pytest.approx(80 * amdahl(serial, 2))
    assert RATES.seconds("g1", 4000, 64) < RATES.seconds("g1", 4000, 4)
    # no measurement of several: what is known of the kind
    assert RATES.seconds("verify", 1, 4) == 0.5
    one = Rates("ifma", 1, {"g1": RATE}, {})
    assert one.seconds("g1", 4000, 2) == pytest.approx(80 * amdahl(0.06, 2))
    short = Rates("ifma", 1, {"g1": Rate(((10.0, 0.0002),))}, {})
    assert short.seconds("g1", 10, 8) == 0.0002
    assert RATES.seconds("rows", 100) == 0.0
    assert RATES.seconds("g1", 0, 4) == 0.0


def test_a_share_that_others_disturbed_stays_between_none_and_all():
    assert serial_share(0.1, 2) == 0.0
    assert serial_share(1.4, 2) == 1.0


def test_rates_come_back_from_json():
    found = rates_from_plain(json.loads(json.dumps(rates_to_plain(RATES))))
    assert found is not None
    assert (found.kernels, found.threads, found.one, found.all) == ("ifma", 4, dict(RATES.one), dict(RATES.all))


def test_more_work_takes_no_less_time_than_less_of_it():
    plain = rates_to_plain(RATES)
    plain["one"]["g1"] = [[1, 5.0], [2, 3.0], [4, 4.0], [8, 3.5], [16, 9.0]]
    assert rates_from_plain(plain).one["g1"].points == ((1, 3.0), (2, 3.0), (4, 3.5), (8, 3.5), (16, 9.0))
    for reference in references().values():
        for rate in (*reference.rates.one.values(), *reference.rates.all.values()):
            seconds = [took for _, took in rate.points]
            assert seconds == sorted(seconds)


def broken():
    yield None
    for name in ("kernels", "threads", "one", "all"):
        plain = rates_to_plain(RATES)
        del plain[name]
        yield plain
    for threads in (0, True, 1 << 20, "2"):
        yield rates_to_plain(RATES) | {"threads": threads}
    for points in (
        [],
        5,
        [[1, 2], [1, 3]],
        [[2, 1], [1, 3]],
        [[1]],
        [[1, 2, 3]],
        ["ab"],
        [7],
        [[1, -1]],
        [[1, True]],
        [[1, 1e300]],
        [[5e-324, 1.0]],
        [[1, 5e-324]],
        [[1, 1e17]],
        [[10**400, 1.0]],
        [[1.0 + i, 1.0] for i in range(65)],
    ):
        plain = copy.deepcopy(rates_to_plain(RATES))
        plain["one"]["g1"] = points
        yield plain


@pytest.mark.parametrize("plain", list(broken()))
def test_what_is_no_rates_gives_none(plain):
    assert rates_from_plain(plain) is None


def test_the_table_of_reference_machines_has_every_family_and_kind():
    table = references()
    assert set(table) == {"ifma", "scalar", "reference"}
    for reference in table.values():
        assert set(reference.rates.one) == set(KINDS)
        assert reference.machine
        assert reference.hz > 1e9


def test_another_clock_changes_a_guess_within_bounds():
    reference = references()["ifma"]
    assert guessed_rates("ifma", None) is reference.rates
    same = reference.rates.seconds("g1", 1e6)
    assert guessed_rates("ifma", reference.hz / 2).seconds("g1", 1e6) == pytest.approx(2 * same)
    assert guessed_rates("ifma", 1e6).seconds("g1", 1e6) == pytest.approx(2.5 * same)
    assert guessed_rates("ifma", 1e12).seconds("g1", 1e6) == pytest.approx(0.7 * same)


def test_another_family_takes_as_many_times_as_long_as_on_the_reference_machine():
    mine = references()["ifma"].rates.scaled("ifma", dict.fromkeys(KINDS, 2.0))
    scalar = in_other_family(mine, "scalar")
    assert scalar.kernels == "scalar"
    theirs = references()["scalar"].rates
    assert scalar.seconds("g1", 1e5) == pytest.approx(2 * theirs.seconds("g1", 1e5), rel=0.5)
    # what vectors do not do takes as long
    assert scalar.seconds("sort-bits", 4096) == pytest.approx(mine.seconds("sort-bits", 4096), rel=0.5)
    # a kind that was not measured stays as it is, and one of which only smaller sizes were is compared at the largest
    few = Rates("ifma", 1, {"g1": Rate(((1e9, 1.0),)), "g2": Rate(((1.0, 1.0),))}, {})
    assert in_other_family(few, "scalar").one["g1"].points[0][1] > 1


def test_a_damaged_table_is_a_fault_of_ours(tmp_path, monkeypatch):
    path = tmp_path / "reference_rates.json"
    path.write_text(json.dumps({"machines": [{"machine": "m", "date": "d", "hz": 1e9, "rates": {}}]}))
    monkeypatch.setattr(module, "resource_path", lambda *_: path)
    with pytest.raises(BugError):
        module.references.__wrapped__()
    path.write_text("[]")
    assert module.references.__wrapped__() == {}
