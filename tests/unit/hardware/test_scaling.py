"""Published figures taken over to another machine, where a method is stated."""

import pytest

from zkcompanion.base.messages import msg
from zkcompanion.costs.speed import thread_speed_up
from zkcompanion.hardware.catalogue import Figure, Machine, Source, Workload
from zkcompanion.hardware.facts import MachineFacts, Processor
from zkcompanion.hardware.scaling import method_of, published_need, scaled_seconds

SOURCE = Source("s", "S", "https://s.example", "2026", undated=False, grade="read")
M1 = Machine("m1", msg("M1"), 8, gpu=False)


def figure(quantity, value, machine=M1, **more):
    return Figure(quantity, value, SOURCE, machine, None, None, at_least=more.get("at_least", False))


def workload(*figures, **more):
    plain = {
        "size": None, "own": None, "example": None, "landmark": None, "missing": None, "blocked": None, "instead": None,
        "architectures": (), "systems": (),
    }  # fmt: skip
    return Workload(
        id="w",
        name=msg("W"),
        what=msg(""),
        group="g",
        system="STARK",
        prover="P",
        source=SOURCE,
        figures=figures,
        **(plain | more),
    )


def cores(count):
    return MachineFacts(Processor(logical_cores=count))


def test_on_as_many_cores_it_takes_as_long_give_or_take_a_factor_of_two():
    found = scaled_seconds(figure("seconds", 10.0), cores(8))
    assert (found.low, found.likely, found.high) == (5.0, 10.0, 20.0)


def test_fewer_cores_take_longer_and_more_do_not_make_it_faster():
    two = scaled_seconds(figure("seconds", 10.0), cores(2))
    assert two.likely == pytest.approx(10 * thread_speed_up(8) / thread_speed_up(2))
    # nobody measured whether that prover uses them
    assert scaled_seconds(figure("seconds", 10.0), cores(64)).likely == 10.0


@pytest.mark.parametrize(
    "machine",
    [None, Machine("p", msg("a phone"), None, gpu=False), Machine("g", msg("a card"), 8, gpu=True)],
)
def test_what_no_processor_was_named_for_is_not_scaled(machine):
    assert scaled_seconds(figure("seconds", 10.0, machine), cores(8)) is None


def test_without_figures_or_cores_nothing_is_scaled():
    assert scaled_seconds(None, cores(8)) is None
    assert scaled_seconds(figure("seconds", 10.0), MachineFacts()) is None


def test_the_first_figure_of_a_kind_counts_and_memory_is_as_published():
    row = workload(figure("seconds", 4.0), figure("seconds", 9.0), figure("memory", 2e9), figure("key", 7))
    found = published_need(row, cores(8))
    assert (found.seconds.likely, found.memory.likely, found.disk_bytes, found.memory_installed) == (4.0, 2e9, 7, False)
    assert "M1" in str(method_of(row, found))
    assert "memory as it was measured there" in str(method_of(row, found))
    # no memory is known, or it is known of another machine
    for row in (workload(figure("seconds", 4.0)), workload(figure("seconds", 4.0), figure("memory", 2e9, None))):
        words = str(method_of(row, published_need(row, cores(8))))
        assert words.startswith("Time is taken over from ")
        assert "memory" not in words


def test_what_is_asked_for_counts_as_that():
    row = workload(
        figure("installed", 16e9, None, at_least=True),
        figure("cores", 16, None),
        figure("disk", 5e9, None),
        figure("gpu memory", 24e9, None),
        architectures=("x86_64",),
        systems=("linux",),
    )
    found = published_need(row, cores(8))
    assert (found.memory_installed, found.memory_at_least, found.cores) == (True, True, 16)
    assert (found.disk_bytes, found.gpu_memory_bytes, found.seconds) == (5 * 10**9, 24 * 10**9, None)
    assert (found.architectures, found.systems) == (("x86_64",), ("linux",))
    assert "nothing was scaled" in str(method_of(row, found))


def test_where_nothing_is_known_no_method_is_claimed():
    row = workload(missing=msg("No sourced data yet."))
    assert method_of(row, published_need(row, cores(8))) is None
