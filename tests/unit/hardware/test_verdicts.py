"""Verdicts: bands of pools and of time, what decides, and what is said where something is not known."""

from dataclasses import replace

import pytest

from zkcompanion.base.messages import msg
from zkcompanion.costs.band import Band
from zkcompanion.hardware.facts import Disk, Gpu, Limits, MachineFacts, Memory, Platform, Processor
from zkcompanion.hardware.verdict_words import rough_time
from zkcompanion.hardware.verdicts import Need, better, judge, pool_tier, time_tier

GIB = 1 << 30


def band(value):
    return Band(value, value, value)


def machine(free=10 * GIB, total=16 * GIB, system="linux", **more):
    return MachineFacts(memory=Memory(total, free), platform=Platform(system), **more)


def need(gib=1.0, **more):
    return Need("Prover", memory=band(gib * GIB), **more)


@pytest.mark.parametrize(
    ("share", "tier"),
    [
        (0, "easily"),
        (0.6, "easily"),
        (0.61, "well"),
        (0.85, "well"),
        (0.86, "barely"),
        (0.97, "barely"),
        (0.99, "too large"),
    ],
)
def test_pools_have_the_bands_that_are_documented(share, tier):
    assert pool_tier(share) == tier
    assert judge(need(10 * share), machine(), "estimated").tier == tier


@pytest.mark.parametrize(
    ("seconds", "tier"),
    [
        (0.01, "easily"),
        (10, "easily"),
        (11, "well"),
        (60, "well"),
        (61, "barely"),
        (1800, "barely"),
        (1801, "too large"),
    ],
)
def test_time_has_the_bands_that_are_documented(seconds, tier):
    assert time_tier(seconds) == tier
    found = judge(need(seconds=band(seconds)), machine(), "calibrated")
    assert (found.tier, found.confidence) == (tier, "calibrated")
    assert found.binding == ("memory" if tier == "easily" else "time")


def test_the_sentence_says_need_free_and_time():
    easy = judge(need(1.2, seconds=Band(4, 4.5, 5)), machine(20 * GIB, 32 * GIB), "calibrated")
    assert str(easy.sentence) == (
        "Fits easily: it needs about 1.20 GiB of the 20.0 GiB that are free now and takes 4.0 to 5.0 s."
    )
    assert easy.margin == pytest.approx(1 - 1.2 / 20)
    assert "Close other programs" in str(judge(need(9), machine(), "estimated").sentence)
    assert "with a little patience" in str(judge(need(seconds=band(30)), machine(), "estimated").sentence)
    slow = judge(Need("P", seconds=band(300), memory=band(GIB)), machine(), "estimated")
    assert "slow here" in str(slow.sentence)


def test_a_wide_band_begins_with_what_is_likely():
    assert str(rough_time(Band(1, 4, 12))) == "about 4.0 s (1.0 to 12 s)"
    assert str(rough_time(Band(4, 4.5, 5))) == "4.0 to 5.0 s"


def test_more_than_is_free_is_too_large_and_more_than_there_is_is_impossible():
    windows = machine(system="windows")
    large = judge(need(12), windows, "estimated")
    assert (large.tier, large.binding) == ("too large", "memory")
    assert large.margin == pytest.approx(-0.2)
    impossible = judge(need(17), windows, "estimated")
    assert impossible.tier == "impossible"
    assert "16.0 GiB of memory in all" in str(impossible.sentence)


def test_what_fits_in_slices_barely_fits_on_linux_alone():
    wanting = need(17, least_memory_bytes=3 * GIB)
    sliced = judge(wanting, machine(), "estimated")
    assert sliced.tier == "barely"
    assert sliced.margin == pytest.approx(0.7)  # of what is free, slices take 3 of 10
    assert "in slices" in str(sliced.sentence).lower()
    slow = judge(replace(wanting, seconds=band(7200)), machine(), "estimated")
    assert "too slow" in str(slow.sentence).lower()
    assert "of the 10.0 GiB" not in str(slow.sentence)
    assert judge(wanting, machine(system="windows"), "estimated").tier == "impossible"
    assert judge(wanting, machine(free=2 * GIB), "estimated").tier == "impossible"
    # a key that is not there cannot be read in slices
    assert judge(need(12), machine(), "estimated").tier == "too large"


def test_what_may_turn_out_not_to_fit_fits_barely():
    unsure = Need("P", memory=Band(2 * GIB, 5 * GIB, 11 * GIB))
    found = judge(unsure, machine(), "estimated")
    assert (found.tier, found.margin) == ("barely", 0.5)
    assert "it may need up to 11.0 GiB" in str(found.sentence)
    assert judge(unsure, machine(free=12 * GIB), "estimated").tier == "easily"


def test_a_container_has_what_it_is_allowed():
    facts = machine(20 * GIB, 32 * GIB, limits=Limits(memory_bytes=2 * GIB, memory_used_bytes=GIB // 2))
    assert judge(need(1.6), facts, "estimated").tier == "too large"
    assert judge(need(2.5), facts, "estimated").tier == "impossible"


def test_no_memory_at_all_and_no_constraints():
    assert judge(need(0), machine(free=0), "estimated").tier == "easily"
    assert judge(need(0.1), machine(free=0), "estimated").tier == "too large"


def test_installed_memory_counts_as_it_is_sold():
    def tier(gib, total):
        return judge(Need("P", memory=band(gib * GIB), memory_installed=True), machine(0, total * GIB), "scaled").tier

    assert [tier(16, total) for total in (8, 14, 15.6, 24, 32)] == [
        "impossible",
        "impossible",
        "barely",
        "well",
        "easily",
    ]
    unknown = judge(Need("P", memory=band(GIB), memory_installed=True), MachineFacts(), "scaled")
    assert unknown.tier == "unknown"


def test_disk():
    def facts(free, total):
        return machine(disk=Disk(free_bytes=free * GIB, total_bytes=None if total is None else total * GIB))

    wanting = need(disk_bytes=10 * GIB)
    tiers = [judge(wanting, facts(free, 100), "scaled").tier for free in (100, 14, 11, 5)]
    assert tiers == ["easily", "well", "barely", "too large"]
    assert judge(wanting, facts(5, 8), "scaled").tier == "impossible"
    assert judge(wanting, facts(5, None), "scaled").tier == "too large"
    assert judge(wanting, facts(11, None), "scaled").binding == "disk"


def test_cores_that_are_asked_for():
    def found(cores):
        return judge(need(cores=16), machine(processor=Processor(logical_cores=cores)), "scaled")

    assert [found(cores).tier for cores in (32, 16, 8, 7)] == ["easily", "easily", "barely", "too large"]
    assert "asks for 16 cores" in str(found(7).sentence)
    assert judge(need(cores=16), machine(), "scaled").tier == "unknown"


def test_graphics_cards_name_the_prover_that_uses_them():
    wanting = need(gpu_memory_bytes=24 * GIB)
    none = judge(wanting, machine(gpus=()), "scaled")
    assert (none.tier, none.binding) == ("impossible", "gpu")
    assert "Prover needs a graphics card" in str(none.sentence)
    assert "Our own prover needs none" in str(none.sentence)
    small = judge(wanting, machine(gpus=(Gpu("g", memory_bytes=8 * GIB),)), "scaled")
    assert (small.tier, small.margin) == ("impossible", -2.0)
    none_of_its_own = judge(wanting, machine(gpus=(Gpu("g", memory_bytes=0),)), "scaled")
    assert (none_of_its_own.tier, none_of_its_own.margin) == ("impossible", None)
    large, unknown = Gpu("g", memory_bytes=24 * GIB), Gpu("g")
    for cards in ((large,), (unknown, large)):
        assert judge(wanting, machine(gpus=cards), "scaled").tier == "easily"
    # whether there is one is not known
    for cards in (None, (unknown,), (unknown, Gpu("g", memory_bytes=8 * GIB))):
        found = judge(wanting, machine(gpus=cards), "scaled")
        assert found.tier == "unknown"
        assert "whether there is one is not known" in str(found.sentence)


def test_processors_and_systems_that_a_prover_runs_on():
    wanting = need(architectures=("x86_64", "amd64", "AMD64"), systems=("linux",))
    assert judge(wanting, machine(processor=Processor(architecture="AMD64")), "scaled").tier == "easily"
    arm = judge(wanting, machine(processor=Processor(architecture="arm64")), "scaled")
    assert (arm.tier, arm.binding) == ("impossible", "features")
    assert judge(wanting, machine(system="macos"), "scaled").tier == "impossible"
    amd = Processor(architecture="AMD64")
    assert judge(wanting, machine(system="other", processor=amd), "scaled").tier == "easily"
    assert "too little is known" in str(judge(wanting, machine(), "scaled").sentence)


def test_what_no_machine_can_do():
    found = judge(Need("P", blocked=msg("Never.")), MachineFacts(), "scaled")
    assert (found.tier, found.binding, str(found.sentence)) == ("impossible", "memory", "Never.")


@pytest.mark.parametrize(
    ("wanting", "facts", "words"),
    [
        (Need("P"), machine(), "no source that could be cited says what it needs"),
        (Need("P", seconds=band(3)), machine(), "would take 3.0 s here"),
        (need(2), MachineFacts(), "how much this computer has free is not known"),
        (need(2), machine(free=None), "how much this computer has free is not known"),
        (need(2, memory_at_least=True), machine(), "more than 2.00 GiB"),
    ],
)
def test_what_is_not_known_has_no_verdict(wanting, facts, words):
    found = judge(wanting, facts, "estimated")
    assert (found.tier, found.binding, found.margin, found.confidence) == ("unknown", None, None, "none")
    assert words in str(found.sentence)


def test_what_fails_for_sure_is_said_though_something_is_not_known():
    assert judge(need(20), machine(free=None), "estimated").tier == "impossible"
    assert judge(need(20, memory_at_least=True), machine(), "scaled").tier == "impossible"
    slow = judge(Need("P", seconds=band(9999)), machine(), "scaled")
    assert (slow.tier, slow.binding) == ("too large", "time")


def test_the_worst_resource_decides():
    found = judge(need(9.5, seconds=band(30), cores=2), machine(processor=Processor(logical_cores=2)), "scaled")
    assert (found.tier, found.binding) == ("barely", "memory")


def test_tiers_are_in_order():
    assert better("easily", "well")
    assert better("barely", "unknown")
    assert better("unknown", "too large")
    assert not better("impossible", "impossible")
