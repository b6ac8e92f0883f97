"""Metrics are given to other tools where the user asks for it, and stop when the user does."""

import os
import socket
import stat
import subprocess
import sys
import threading
import urllib.request

import pytest

from tests.conftest import ROOT
from tests.unit.monitoring.test_openmetrics import parse
from zkcompanion.app.metrics_export import LatestMetrics, MetricsExport, MetricsFile, write_metrics
from zkcompanion.app.monitor_views import SampleTaken
from zkcompanion.app.preferences import Preferences, PreferencesChanged
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.events import EventBus
from zkcompanion.monitoring.samples import Sample

SAMPLE = Sample(1.7e9, 5.0, {"machine.load": 2.0, "proofs.verified": 3.0})


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return parse(answer.read().decode())


@pytest.fixture
def bus():
    return EventBus()


@pytest.fixture
def export(bus):
    made = MetricsExport(bus, SYSTEM_CLOCK)
    yield made
    made.close()
    made.close()


def test_the_endpoint_is_there_while_it_is_asked_for(bus, export):
    off, on = Preferences(), Preferences(metrics_port=free_port())
    export.start(off).result()
    assert export.url is None
    bus.publish(SampleTaken(SAMPLE))
    bus.publish(PreferencesChanged(off, on))
    export.start(on).result()  # what is the same goes on
    assert fetch(export.url)["zkcompanion_proofs_verified"]["samples"] == {"": 3.0}
    url = export.url
    export.start(off).result()
    assert export.url is None
    with pytest.raises(OSError, match="refused"):
        fetch(url)


def test_a_port_that_is_taken_is_told_and_another_one_is_tried(export):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        export.start(Preferences(metrics_port=other.getsockname()[1])).result()
        assert export.url is None
        assert "cannot be given at port" in str(export.notice)
        export.start(Preferences(metrics_port=free_port())).result()
    assert export.notice is None
    assert fetch(export.url)


def test_the_file_is_written_whole_and_others_may_read_it(tmp_path):
    latest, path = LatestMetrics(), tmp_path / "zkc.prom"
    latest.take(SAMPLE)
    made = MetricsFile(str(path), latest, every_s=0.01)
    while not path.exists():
        threading.Event().wait(0.001)
    made.close()
    made.close()
    assert parse(path.read_text())["zkcompanion_machine_load"]["samples"] == {"": 2.0}
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_told_until_it_can(tmp_path):
    folder = tmp_path / "later"
    made = MetricsFile(str(folder / "zkc.prom"), LatestMetrics(), every_s=0.005)
    try:
        while made.notice is None:
            threading.Event().wait(0.001)
        again = made.notice
        while made.notice is again:  # it fails once more
            threading.Event().wait(0.001)
        folder.mkdir()
        while made.notice is not None:
            threading.Event().wait(0.001)
        assert "cannot be written" in str(again)
    finally:
        made.close()
    assert (folder / "zkc.prom").read_text().endswith("# EOF\n")


def test_why_a_file_cannot_be_written_is_known_when_it_was_asked_for(tmp_path, export):
    export.start(Preferences(metrics_file=str(tmp_path / "no" / "a.prom"))).result()
    assert "cannot be written" in str(export.notice)
    export.start(Preferences(metrics_file=str(tmp_path / "a.prom"))).result()
    assert export.notice is None
    assert parse((tmp_path / "a.prom").read_text())


def test_the_export_writes_the_file_that_is_named_and_says_what_fails(tmp_path, bus, monkeypatch):
    monkeypatch.setitem(MetricsFile.__init__.__kwdefaults__, "every_s", 0.005)
    made = MetricsExport(bus, SYSTEM_CLOCK)
    made.start(Preferences(metrics_file=str(tmp_path / "no" / "a.prom"))).result()
    while made.notice is None:
        threading.Event().wait(0.001)
    made.start(Preferences(metrics_file=str(tmp_path / "b.prom"))).result()
    made.start(Preferences(metrics_file=str(tmp_path / "b.prom"))).result()
    while not (tmp_path / "b.prom").exists():
        threading.Event().wait(0.001)
    assert made.notice is None
    made.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("metrics")]


@pytest.mark.parametrize("name", ["pipe", "link", "folder", "a\0b", "a\ud800"])
def test_what_is_no_file_is_told_and_keeps_nobody_waiting(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "folder").mkdir()
    made = MetricsFile(str(tmp_path / name), LatestMetrics(), every_s=0.005)
    while made.notice is None:
        assert made._thread.is_alive()
        threading.Event().wait(0.001)
    made.close()
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link", "pipe"]


def test_a_file_of_another_kind_is_kept(tmp_path):
    path, link = tmp_path / "thesis", tmp_path / "link"
    path.write_bytes(b"my thesis")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(CompanionError, match="another file of this name"):
            write_metrics(name, LatestMetrics().text(), ours=True)
        assert path.read_bytes() == b"my thesis"
    path.write_bytes(b"")
    latest = LatestMetrics()
    for sample in (None, SAMPLE):
        if sample is not None:
            latest.take(sample)
        write_metrics(link, latest.text(), ours=True)
        assert path.read_text() == latest.text()
    assert link.is_symlink()


def test_a_file_of_metrics_in_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(CompanionError):
        write_metrics(tmp_path / "no" / "file", "")
    with pytest.raises(CompanionError):
        write_metrics(tmp_path / "a\0b", "")


WATCHED = """
import socket, sys
seen = []
def hook(event, args):
    if event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6):
        seen.append(args[1])
sys.addaudithook(hook)
from pathlib import Path
from zkcompanion.app.desk import Desk
from zkcompanion.app.monitor_views import SampleTaken
from zkcompanion.base.paths import AppDirs
import threading
taken = threading.Event()
with Desk(dirs=AppDirs(Path(sys.argv[1]))) as desk:
    desk.bus.subscribe(SampleTaken, lambda _: taken.set())
    desk.start_monitor()
    assert taken.wait(60)
    desk.metrics.start(desk.preferences.current).result()
    before = (len(seen), "http.server" in sys.modules)
    desk.preferences.change(metrics_port=int(sys.argv[2]))
    desk.metrics.start(desk.preferences.current).result()
    assert desk.metrics.url
print(*before, len(seen), "http.server" in sys.modules)
"""


def test_by_default_nothing_listens_and_no_network_socket_is_made(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-c", WATCHED, str(tmp_path), str(free_port())],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "False", "1", "True"]
