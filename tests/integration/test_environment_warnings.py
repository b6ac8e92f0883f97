"""Warnings of the environment, raised and cleared through the collector, the machine's readings and the alert service.

By really making the condition where that can be done on any machine (memory and processor time of a control group, a
disk, open files, other programs, a clock), by fixtures of Linux's files where it cannot (sensors, battery, power).
"""

import queue
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from tests.support.cli import BARE, ROOT, environment
from tests.support.groups import control_group
from zkcompanion.app.alert_service import AlertService
from zkcompanion.app.monitor_views import AlertChanged, SampleTaken
from zkcompanion.app.surroundings import Remembered, Surroundings
from zkcompanion.base.clock import SYSTEM_CLOCK, SystemClock
from zkcompanion.base.controlgroups import ControlGroups
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring import groups, linux, machine
from zkcompanion.monitoring.collector import Collector
from zkcompanion.monitoring.machine import MachineProbe, Processor

pytestmark = [
    pytest.mark.integration,
    pytest.mark.beside,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="conditions of Linux"),
]
LIMIT_S = 20.0


class Watch:
    """Samples twenty times a second, judged by the shipped rules with short durations."""

    def __init__(self, home, *sources, clock=SYSTEM_CLOCK, interval_s=0.05):
        bus = EventBus()
        self.service = AlertService(bus, AppDirs(home), clock)
        for rule in self.service.rules():
            self.service.change(rule.id, for_s=min(rule.for_s, 0.1), clear_for_s=min(rule.clear_for_s, 0.2))
        self._told = queue.Queue()
        self._heard = []
        bus.subscribe(AlertChanged, lambda event: self._told.put(event.alert))
        #: of the first sample
        self.sampled = queue.Queue()
        bus.subscribe(SampleTaken, self.sampled.put)
        self.service.start()
        self._collector = Collector(
            sources, lambda sample: bus.publish(SampleTaken(sample)), clock, interval_s=interval_s
        )
        self._collector.start()

    def wait_for(self, rule, state):
        """The first such change that nobody waited for yet."""
        until_s = time.monotonic() + LIMIT_S
        while True:
            for alert in self._heard:
                if (alert.rule, alert.state) == (rule, state):
                    self._heard.remove(alert)
                    assert alert.environment
                    return alert
            self._heard.append(self._told.get(timeout=max(0.0, until_s - time.monotonic())))

    def close(self):
        self._collector.close()
        self.service.close()


@pytest.fixture
def watch(tmp_path):
    made = []

    def begin(*sources, **options):
        made.append(Watch(tmp_path / f"home-{len(made)}", *sources, **options))
        return made[-1]

    yield begin
    for one in made:
        one.close()


def probe(tmp_path, **parts):
    return MachineProbe(tmp_path, parts=parts).read


@contextmanager
def child(program, *, inside=list):
    """A process that runs a line of Python, and ends when its input does; entered when it has said that it is ready."""
    command = inside([sys.executable, "-S", "-c", program])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(**BARE))
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def seen_from(tmp_path, group, controller):
    """A tree in which this process is in the group, and all else is as it is."""
    name = group.folder.name
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"4:{controller}:/{name}\n" if group.version == 1 else f"0::/{name}\n")
    (tmp_path / "proc/self/mountinfo").write_text(Path("/proc/self/mountinfo").read_text())
    (tmp_path / "sys/fs").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup").symlink_to("/sys/fs/cgroup")
    return ControlGroups(tmp_path)


HOLD = "held = bytearray({size}); held[::4096] = b'x' * len(held[::4096]); print('ready', flush=True); input()"
SPIN = "import sys; print('ready', flush=True)\nwhile True: pass"


def test_memory_of_a_group_that_is_nearly_used_up(watch, tmp_path):
    with control_group("memory") as group:
        group.limit_memory(64 << 20)
        control = seen_from(tmp_path, group, "memory")
        whole = groups.MemoryInGroup(control, machine._memory)
        made = watch(probe(tmp_path, container=groups.Container(control).read, memory=whole.read))
        made.service.change("memory-low", threshold=20)
        small = made.wait_for("container-small", "open")
        assert (small.worst, small.standing) == (64 << 20, True)
        with child(HOLD.format(size=57 << 20), inside=group.inside):
            assert made.wait_for("container-memory", "open").worst > 90
            assert made.wait_for("memory-low", "open").worst < 20
        made.wait_for("container-memory", "ended")
        made.wait_for("memory-low", "ended")


def test_a_group_that_gets_too_little_processor_time(watch, tmp_path):
    with control_group("cpu") as group:
        group.limit_processor(5000)
        container = groups.Container(seen_from(tmp_path, group, "cpu"))
        # a period of the quota lasts a tenth of a second
        made = watch(probe(tmp_path, container=container.read), interval_s=0.3)
        with child(SPIN, inside=group.inside):
            assert made.wait_for("container-slowed", "open").worst > 20
        made.wait_for("container-slowed", "ended")


def test_a_disk_that_gets_full(watch, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        made = watch(probe(tmp_path, disk=machine.parts_of(disk)["free space"]))
        made.wait_for("disk-out", "open")  # 8 MiB are little for anybody
        made.service.change("disk-out", threshold=4 << 20, margin=1 << 20)
        made.service.change("disk-full", enabled=False)
        made.wait_for("disk-out", "ended")
        (disk / "filling").write_bytes(bytes(6 << 20))
        assert made.wait_for("disk-out", "open").worst < 3 << 20
        (disk / "filling").unlink()
        made.wait_for("disk-out", "ended")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_other_programs_while_proofs_are_made(watch, tmp_path):
    proving = [True]
    busy = Remembered(probe(tmp_path, processor=Processor().read))
    around = Surroundings(busy, lambda: proving[0], lambda: 0.0)
    made = watch(busy.read, around.read)
    made.service.change("busy-machine", threshold=20)
    with child(SPIN), child(SPIN):
        assert made.wait_for("busy-machine", "open").worst > 20
    # whatever else runs on this machine, it disturbs no proof when none is made
    proving[0] = False
    made.wait_for("busy-machine", "ended")


FILES = """
import resource, sys
from pathlib import Path
from tests.integration.test_environment_warnings import Watch, probe
from zkcompanion.monitoring import machine
made = Watch(Path(sys.argv[1]), probe(Path(sys.argv[1]), files=machine._files))
resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
files = [open("/dev/null") for _ in range(80)]
print(made.wait_for("open-files", "open").worst)
for one in files:
    one.close()
print(made.wait_for("open-files", "ended").state)
made.close()
"""


def test_a_limit_of_open_files(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FILES, str(tmp_path)],
        capture_output=True,
        cwd=ROOT,
        env=environment(**BARE),
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    worst, ended = done.stdout.split()
    assert 80 < float(worst) <= 100
    assert ended == b"ended"


class JumpingClock(SystemClock):
    set_by_s = 0.0

    def unix_s(self):
        return super().unix_s() + self.set_by_s


def test_a_clock_that_is_set(watch):
    clock = JumpingClock()
    made = watch(dict, clock=clock)
    made.sampled.get(timeout=LIMIT_S)
    clock.set_by_s = -3600.0
    assert made.wait_for("clock-jump", "open").worst == pytest.approx(3600, abs=1)
    made.wait_for("clock-jump", "ended")


# -- what no test can make: files of Linux as the kernel's documentation has them


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


POLICY = "sys/devices/system/cpu/cpufreq/policy0"
SENSOR = "sys/class/hwmon/hwmon0"


@pytest.mark.parametrize(
    ("rule", "part", "name", "bad", "good"),
    [
        ("heat", linux.Temperature, f"{SENSOR}/temp1_input", "96000", "60000"),
        ("power-saving", linux.PowerSaving, "sys/firmware/acpi/platform_profile", "low-power", "balanced"),
        ("power-saving", linux.PowerSaving, f"{POLICY}/energy_performance_preference", "power", "balance_performance"),
    ],
)
def test_what_sensors_and_settings_of_power_tell(watch, tmp_path, rule, part, name, bad, good):
    write(tmp_path, f"{SENSOR}/name", "k10temp")
    write(tmp_path, name, good)
    made = watch(probe(tmp_path, part=part(tmp_path).read))
    write(tmp_path, name, bad)
    made.wait_for(rule, "open")
    write(tmp_path, name, good)
    made.wait_for(rule, "ended")


def test_a_processor_that_slows_itself_down(watch, tmp_path):
    folder = "sys/devices/system/cpu/cpu0"
    write(tmp_path, f"{folder}/topology/physical_package_id", 0)
    write(tmp_path, f"{folder}/thermal_throttle/core_throttle_count", 0)
    reader = linux.Throttling(tmp_path)
    hot, count = [True], [0]

    def read(past_s):
        count[0] += hot[0]
        write(tmp_path, f"{folder}/thermal_throttle/core_throttle_count", count[0])
        return reader.read(past_s)

    made = watch(probe(tmp_path, throttling=read))
    made.wait_for("throttling", "open")
    hot[0] = False
    made.wait_for("throttling", "ended")


def test_a_processor_without_vector_features(watch, tmp_path):
    write(tmp_path, "proc/cpuinfo", "flags : fpu avx2")
    made = watch(probe(tmp_path, vectors=linux.Vectors(tmp_path).read))
    assert made.wait_for("no-vectors", "open").standing


def test_maps_that_are_nearly_all_used(watch, tmp_path):
    write(tmp_path, "proc/sys/vm/max_map_count", 100)
    write(tmp_path, "proc/self/maps", "x\n" * 90)
    made = watch(probe(tmp_path, maps=linux.MemoryMaps(tmp_path).read))
    made.wait_for("memory-maps", "open")
    write(tmp_path, "proc/sys/vm/max_map_count", 65530)
    made.wait_for("memory-maps", "ended")


def test_a_battery_that_is_used_and_nearly_empty_while_proofs_are_made(watch, tmp_path, monkeypatch):
    battery = SimpleNamespace(percent=10, power_plugged=False)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    told = Remembered(probe(tmp_path, battery=machine._battery))
    made = watch(told.read, Surroundings(told, lambda: True, lambda: 0.0).read)
    made.wait_for("battery-low", "open")
    made.wait_for("on-battery", "open")
    battery.power_plugged = True
    # it is as empty as before, and nothing is lost for it
    made.wait_for("battery-low", "ended")
    made.wait_for("on-battery", "ended")


def test_a_host_that_takes_processor_time(watch, tmp_path):
    taken, spent = [0.5], {"user": 0.0, "idle": 0.0, "steal": 0.0}

    def times():
        spent["idle"] += 1 - taken[0]
        spent["steal"] += taken[0]
        return [dict(spent)]

    made = watch(probe(tmp_path, processor=Processor(times).read))
    assert made.wait_for("stolen-time", "open").worst == pytest.approx(50)
    taken[0] = 0.0
    made.wait_for("stolen-time", "ended")
