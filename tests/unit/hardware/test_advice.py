"""Advice: settings before purchases, what each unlocks, and nothing that does not help."""

from dataclasses import replace

from zkcompanion.base.messages import msg
from zkcompanion.costs.band import Band
from zkcompanion.hardware.advice import Judged, advise, faster_by, unlocked, worth
from zkcompanion.hardware.facts import Disk, Gpu, Limits, MachineFacts, Memory, Platform, Power, Processor
from zkcompanion.hardware.verdicts import Need, judge
from zkcompanion.hardware.whatif import imagined

GIB = 1 << 30
LAPTOP = MachineFacts(
    Processor(architecture="x86_64", logical_cores=4, features=frozenset()),
    Memory(8 * GIB, 7 * GIB),
    Disk(kind="ssd", total_bytes=500 * GIB, free_bytes=300 * GIB),
    gpus=(Gpu("g", memory_bytes=24 * GIB),),
    power=Power(has_battery=True, plugged=True, saving=False),
    limits=Limits(container="", virtual_machine=""),
    platform=Platform("linux"),
)


def band(value):
    return Band(value, value, value)


def judge_with(**needs):
    """Memory in GiB by name; eight core seconds, half as long with vectors."""

    def judged(facts, what_if):
        there = imagined(facts, what_if)
        seconds = 8.0 / (there.usable_cores or 1) / (2 if there.family == "ifma" else 1)
        found = {}
        for name, gib in needs.items():
            wanting = gib if isinstance(gib, Need) else Need("Ours", memory=band(gib * GIB), seconds=band(seconds))
            gpu = wanting.prover if wanting.gpu_memory_bytes is not None else None
            found[name] = Judged(judge(wanting, there, "estimated"), seconds, own=gpu is None, gpu_prover=gpu)
        return found

    return judged


def advice_for(facts, **needs):
    return {one.id: one for one in advise(facts, judge_with(**needs))}


def test_where_all_is_well_only_faster_processors_are_named():
    found = advice_for(LAPTOP, small=1)
    assert list(found) == ["cores", "vectors"]
    assert "about 50 % of the time" in str(found["cores"].effect)
    assert found["cores"].unlocks == ()


def test_closing_programs_comes_before_memory_and_says_what_it_unlocks():
    busy = replace(LAPTOP, memory=Memory(8 * GIB, 2 * GIB))
    found = advice_for(busy, small=1, middle=5, large=20)
    assert list(found)[:2] == ["close-programs", "memory-32"]
    closing = found["close-programs"]
    assert (closing.kind, closing.unlocks) == ("setting", ("middle",))
    assert "Up to 6.80 GiB would be free instead of 2.00 GiB" in str(closing.effect)
    # 16 GiB would unlock what closing programs does, and 32 what nothing else does
    assert found["memory-32"].unlocks == ("middle", "large")


def test_memory_is_named_in_sizes_that_are_sold_and_only_where_it_unlocks_something():
    found = advice_for(replace(LAPTOP, memory=Memory(round(15.6 * GIB), 12 * GIB)), large=20, larger=40)
    assert [name for name in found if name.startswith("memory")] == ["memory-64", "memory-32"]
    assert found["memory-32"].unlocks == ("large",)
    assert found["memory-64"].unlocks == ("large", "larger")
    assert not [name for name in advice_for(LAPTOP, huge=4000) if name.startswith("memory")]
    assert "memory-16" not in advice_for(replace(LAPTOP, memory=Memory()), large=20)


def test_a_mac_is_not_told_to_add_modules():
    mac = replace(LAPTOP, platform=Platform("macos"), processor=replace(LAPTOP.processor, architecture="arm64"))
    assert "cannot be extended" in str(advice_for(mac, large=10)["memory-16"].how)
    cloud = replace(LAPTOP, limits=Limits(virtual_machine="kvm"))
    assert "virtual machine" in str(advice_for(cloud, large=10)["memory-16"].how)
    assert "model of your computer" in str(advice_for(LAPTOP, large=10)["memory-16"].how)


def test_power_and_charger():
    tired = replace(LAPTOP, power=Power(has_battery=True, plugged=False, saving=True))
    found = advice_for(tired, small=1)
    assert list(found)[:2] == ["power-plan", "plug-in"]
    for system, word in (("windows", "Best performance"), ("macos", "Low Power Mode"), ("linux", "powerprofilesctl")):
        how = advice_for(replace(tired, platform=Platform(system)), small=1)["power-plan"].how
        assert word in str(how)


def test_limits_of_a_container():
    limits = Limits(cpus=1.0, memory_bytes=2 * GIB, memory_used_bytes=GIB, container="docker", virtual_machine="")
    boxed = replace(LAPTOP, limits=limits)
    found = advice_for(boxed, middle=3)
    assert found["container-memory"].unlocks == ("middle",)
    assert "docker run --memory" in str(found["container-memory"].how)
    assert "docker run --cpus" in str(found["container-cores"].how)
    # the machine has the cores
    assert "cores" not in found
    pinned = replace(LAPTOP, limits=Limits(usable_cores=2, container="", virtual_machine=""))
    assert "taskset" in str(advice_for(pinned, middle=3)["container-cores"].how)
    wsl = replace(boxed, limits=replace(limits, virtual_machine="wsl"))
    assert ".wslconfig" in str(advice_for(wsl, middle=3)["container-memory"].how)


def test_closing_programs_in_a_container_is_done_there():
    limits = Limits(memory_bytes=8 * GIB, memory_used_bytes=5 * GIB, container="docker")
    found = advice_for(replace(LAPTOP, limits=limits), middle=5)
    assert found["close-programs"].unlocks == ("middle",)
    assert "docker stats" in str(found["close-programs"].how)


def test_how_to_close_programs_is_said_for_each_system():
    for system, word in (("windows", "Ctrl+Shift+Esc"), ("macos", "Activity Monitor"), ("other", "system monitor")):
        facts = replace(LAPTOP, memory=Memory(8 * GIB, 2 * GIB), platform=Platform(system))
        assert word in str(advice_for(facts, middle=5)["close-programs"].how)


def test_few_files_and_maps():
    found = advice_for(replace(LAPTOP, limits=Limits(open_files=64, memory_maps=1000)), small=1)
    assert list(found)[:2] == ["open-files", "memory-maps"]
    usual = advice_for(replace(LAPTOP, limits=Limits(open_files=1024, memory_maps=65530)), small=1)
    assert not usual.keys() & {"open-files", "memory-maps"}


def test_disk():
    need = Need("Ours", memory=band(GIB), disk_bytes=20 * GIB)
    full = replace(LAPTOP, disk=Disk("hard disk", total_bytes=100 * GIB, free_bytes=5 * GIB))
    found = advice_for(full, large=need)
    assert (found["free-disk"].kind, found["free-disk"].unlocks) == ("setting", ("large",))
    assert found["solid-state"].kind == "disk"
    assert next(iter(found)) == "free-disk"
    for system, word in (("windows", "Storage"), ("macos", "System Settings"), ("linux", "cache clear")):
        assert word in str(advice_for(replace(full, platform=Platform(system)), large=need)["free-disk"].how)
    hopeless = replace(full, disk=Disk("ssd", total_bytes=10 * GIB, free_bytes=5 * GIB))
    assert "free-disk" not in advice_for(hopeless, large=need)


def test_a_graphics_card_is_for_the_provers_that_use_it():
    need = Need("SP1 with CUDA", memory=band(GIB), gpu_memory_bytes=24 * GIB)
    found = advice_for(replace(LAPTOP, gpus=()), small=1, card=need)
    assert found["graphics-card"].unlocks == ("card",)
    assert "SP1 with CUDA would use it. Our own prover runs on the processor" in str(found["graphics-card"].effect)
    for gpus in (None, LAPTOP.gpus):
        assert "graphics-card" not in advice_for(replace(LAPTOP, gpus=gpus), small=1, card=need)


def test_what_helps_others_alone_is_said_so():
    def judged(facts, what_if):
        there = imagined(facts, what_if)
        other = judge(Need("P", memory=band(GIB), cores=8), there, "scaled")
        # ours takes as long on any number of cores
        ours = judge(Need("Ours", memory=band(GIB), seconds=band(1.0)), there, "estimated")
        return {"other": Judged(other, 1.0), "ours": Judged(ours, 1.0, own=True)}

    found = {one.id: one for one in advise(LAPTOP, judged)}
    assert found["cores"].unlocks == ("other",)
    assert "others' provers" in str(found["cores"].effect)


def test_another_prover_that_does_as_much_with_less_is_named():
    def judged(facts, what_if):
        there = imagined(facts, what_if)
        verdicts = {
            name: judge(Need("P", memory=band(gib * GIB)), there, "scaled") for name, gib in (("a", 20), ("b", 1))
        }
        return {
            "browser": Judged(verdicts["a"], name=msg("Browser"), instead="native"),
            "native": Judged(verdicts["b"], name=msg("Native"), instead="browser"),
            "gone": Judged(verdicts["a"], instead="nowhere"),
            "same": Judged(verdicts["a"], instead="browser"),
        }

    found = {one.id: one for one in advise(LAPTOP, judged)}
    assert next(iter(found)) == "another-prover"
    assert found["another-prover"].unlocks == ("browser",)
    assert "Native in place of Browser." in str(found["another-prover"].effect)


def test_an_unknown_machine_gets_no_advice():
    assert advice_for(MachineFacts(), small=1, large=100) == {}


def test_how_much_faster_goes_by_the_longest_proofs():
    before = {str(n): Judged(judge(Need("P"), LAPTOP, "none"), float(n), own=True) for n in range(1, 10)}
    after = {name: replace(one, seconds=one.seconds / (4 if int(name) > 6 else 1)) for name, one in before.items()}
    assert faster_by(before, after) == 4.0
    assert faster_by({}, {}) is None
    assert unlocked(before, after) == ()


def test_what_is_worth_wishing_for():
    assert [worth(tier) for tier in ("easily", "well", "impossible", "unknown")] == [False, True, True, False]
