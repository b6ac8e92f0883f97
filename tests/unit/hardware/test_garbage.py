"""Whatever lies in files and whatever programs say: detection ends in time, says what it knows and never raises."""

import os
import sys
import threading
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.machines import DATA, linux_tree, text_of
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.hardware import detect as module
from zkcompanion.hardware.detect import detect, detect_processor, this_system
from zkcompanion.hardware.facts import Limits, MachineFacts, Processor
from zkcompanion.hardware.tools import MOST_BYTES, Once, run_tool
from zkcompanion.hardware.windows_topology import read_topology

OURS = Path("/data/ours")
OUTPUTS = [path.name for path in sorted(DATA.iterdir()) if path.suffix not in {".md", ".txt"}]

#: What a damaged file may hold.
GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.integers(-(10**30), 10**30).map(lambda number: str(number).encode()),
    st.sampled_from([b"", b"max 100000", b"0-99999999999", b"0-8191,", b"nan", b"-1", b"1e400", b"\xff" * 70_000]),
)
FUZZ = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_plausible(facts):
    """No part has a number that cannot be."""
    processor, memory = facts.processor, facts.memory
    counts = (processor.physical_cores, processor.logical_cores, facts.limits.usable_cores, facts.limits.open_files)
    sizes = (memory.total_bytes, memory.available_bytes, facts.limits.memory_bytes, facts.limits.memory_used_bytes)
    assert all(value is None or value >= 0 for value in (*counts, *sizes))
    assert facts.usable_cores is None or facts.usable_cores >= 1
    assert facts.free_memory_bytes is None or facts.free_memory_bytes >= 0
    return True


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = linux_tree("linux-hybrid-laptop", tmp_path_factory.mktemp("tree"))
    for name in ("linux-container-v2", "linux-container-v1"):
        linux_tree(name, root)
    return root, sorted(path for path in root.rglob("*") if path.is_file())


@given(st.data())
@FUZZ
def test_a_damaged_file_of_linux_spoils_no_more_than_itself(tree, data):
    root, files = tree
    damaged = data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=4, unique=True))
    before = {path: path.read_bytes() for path in damaged}
    try:
        for path in damaged:
            path.write_bytes(data.draw(GARBAGE))
        facts = detect(OURS, root=root, system="linux")
    finally:
        for path, content in before.items():
            path.write_bytes(content)
    assert is_plausible(facts)
    told = {path.relative_to(root).as_posix() for path in damaged}
    if not any("meminfo" in name for name in told):
        assert facts.memory.total_bytes == 32489496 << 10
    if not any("cpu" in name for name in told):
        assert facts.processor.logical_cores == 20


@given(st.sampled_from(OUTPUTS), GARBAGE, st.integers(0, 400))
@FUZZ
def test_programs_that_say_nonsense(name, garbage, cut):
    text = text_of(name)
    for told in (
        text[:cut],
        garbage.decode("utf-8", "replace"),
        text[:cut] + garbage.decode("utf-8", "replace") + text[cut:],
    ):
        for system in ("macos", "windows"):
            assert is_plausible(detect(OURS, run=lambda _words, told=told: told, system=system))


@given(st.binary(max_size=300))
@FUZZ
def test_records_of_windows_that_are_nonsense(data):
    found = read_topology(data)
    assert found is None or found.cores >= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "Processor",
    "System",
    "OperatingSystem",
    "PageFile",
    "Video",
    "Battery",
    "Plan",
    "Disk",
    "Volume",
    "SPDisplaysDataType",
)
WORDS = (
    "Name",
    "NumberOfCores",
    "L2CacheSize",
    "AdapterRAM",
    "FileSystem",
    "MediaType",
    "BatteryStatus",
    "InstanceID",
    "_name",
)


@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        JSON
        | st.dictionaries(st.sampled_from(WORDS), JSON)
        | st.lists(st.dictionaries(st.sampled_from(WORDS), JSON), max_size=2),
    )
)
@FUZZ
def test_json_of_another_shape(told):
    import json

    for system in ("macos", "windows"):
        assert is_plausible(detect(OURS, run=lambda _words: json.dumps(told), system=system))


def test_files_that_are_folders_pipes_links_in_a_ring_or_not_ours(tmp_path):
    root = linux_tree("linux-raspberry-pi", tmp_path)
    (root / "proc/meminfo").mkdir()
    os.mkfifo(root / "proc/mounts")
    (root / "proc/self").mkdir()
    os.mkfifo(root / "proc/self/cgroup")
    (root / "proc/self/mountinfo").symlink_to("mountinfo")
    status = root / "proc/self/status"
    status.write_text("Cpus_allowed_list: 0")
    status.chmod(0)
    facts = detect(OURS, root=root, system="linux")
    assert facts.processor.model.startswith("Cortex-A72")
    assert facts.memory.total_bytes is None


def test_a_huge_file_is_read_in_part(tmp_path):
    path = tmp_path / "proc/cpuinfo"
    path.parent.mkdir()
    with path.open("wb") as stream:
        stream.write(b"processor : 0\nflags : fpu lm\n")
        stream.truncate(1 << 34)
    begun_s = SYSTEM_CLOCK.monotonic_s()
    assert detect(OURS, root=tmp_path, system="linux").processor.architecture == "x86_64"
    assert SYSTEM_CLOCK.monotonic_s() - begun_s < 2


def test_an_empty_computer_is_unknown(tmp_path):
    facts = detect(OURS, root=tmp_path, system="linux")
    assert facts.processor == Processor()
    assert facts.usable_cores is None
    assert facts.free_memory_bytes is None
    assert facts.gpus is None


def test_this_computer_is_known_in_time():
    begun_s = SYSTEM_CLOCK.monotonic_s()
    facts = detect(Path.cwd())
    assert SYSTEM_CLOCK.monotonic_s() - begun_s < 2
    assert facts.platform.system == this_system()
    assert facts.processor.logical_cores >= 1
    assert facts.memory.total_bytes > 1 << 28
    assert facts.disk.free_bytes > 0
    assert is_plausible(facts)


def test_a_part_that_hangs_or_raises_is_unknown_and_the_others_are_there(monkeypatch, tmp_path):
    let_go = threading.Event()
    parts = {
        "processor": lambda: Processor(model="X"),
        "memory": lambda: let_go.wait(30),
        "limits": lambda: (one or let_go.wait(30) for one in (Limits(cpus=2.0), None)),
        "power": lambda: 1 / 0,
    }
    monkeypatch.setattr(module, "parts_of", lambda *_arguments: parts)
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    begun_s = SYSTEM_CLOCK.monotonic_s()
    assert detect(tmp_path) == MachineFacts(processor=Processor(model="X"), limits=Limits(cpus=2.0))
    assert SYSTEM_CLOCK.monotonic_s() - begun_s < 1
    let_go.set()


def test_a_system_that_cannot_be_looked_at_at_all_is_unknown(monkeypatch, tmp_path):
    def broken(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(module, "parts_of", broken)
    assert detect(tmp_path) == MachineFacts()
    assert detect_processor() == Processor()


def test_a_processor_that_is_none_is_unknown(monkeypatch):
    monkeypatch.setattr(module, "parts_of", lambda *_arguments: {"processor": lambda: "X"})
    assert detect_processor() == Processor()


def test_another_system_is_asked_what_all_systems_tell(tmp_path):
    facts = detect(tmp_path, system="other")
    assert facts.processor.logical_cores >= 1
    assert facts.memory.total_bytes > 0
    assert facts.gpus is None
    assert facts.platform.python


@pytest.mark.parametrize(
    ("name", "system"), [("linux", "linux"), ("darwin", "macos"), ("win32", "windows"), ("aix", "other")]
)
def test_which_system_this_is(monkeypatch, name, system):
    monkeypatch.setattr(module.sys, "platform", name)
    assert this_system() == system


def test_every_field_of_the_facts_has_a_part(tmp_path):
    names = {field.name for field in fields(MachineFacts)}
    for system in ("macos", "windows", "other"):
        parts = module.parts_of(system, tmp_path, tmp_path, lambda _words: None)
        assert set(parts) == names - {"celsius"}, "only Linux tells heat to everybody"
    assert set(module.parts_of("linux", tmp_path, tmp_path, lambda _words: None)) == names


# -- programs


def test_a_program_is_asked():
    assert run_tool([sys.executable, "-c", "print('x')"]).strip() == "x"


def test_a_program_gets_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("ZKC_SECRET", "x")
    told = run_tool([sys.executable, "-c", "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))"])
    assert "ZKC_SECRET" not in told
    assert "''" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["/nowhere/tool"],
        ["with\0zero"],
        [sys.executable, "-c", "raise SystemExit(3)"],
        [sys.executable, "-c", f"print('x' * {MOST_BYTES + 1})"],
    ],
)
def test_a_program_that_is_not_there_fails_or_says_too_much_is_no_answer(arguments):
    assert run_tool(arguments) is None


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", "import os, time; os.close(1); time.sleep(60)"])
def test_a_program_that_does_not_end_is_ended(program):
    begun_s = SYSTEM_CLOCK.monotonic_s()
    assert run_tool([sys.executable, "-c", program], patience_s=0.2) is None
    assert SYSTEM_CLOCK.monotonic_s() - begun_s < 10


def test_what_several_ask_for_is_found_out_once():
    asked = []
    once = Once(lambda: asked.append(1) or len(asked))
    assert [once(), once()] == [1, 1]
