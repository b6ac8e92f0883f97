"""`zkcompanion monitor`, as other programs meet it."""

import json
import signal
import subprocess

import pytest

from tests.support.cli import BARE, check_schema, environment, run, start
from tests.unit.monitoring.test_openmetrics import parse

pytestmark = pytest.mark.integration


def test_samples_come_a_second_apart_one_a_line_until_there_are_enough(tmp_path):
    done = run("monitor", "--json", "--count", "2", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    first, second = (json.loads(line) for line in done.out.splitlines())
    for sample in (first, second):
        check_schema(sample)
        assert {"machine.processor", "machine.memory", "machine.disk_free"} <= sample["values"].keys()
        assert not [name for name in sample["values"] if name.startswith(("worker", "proofs", "engine", "window"))]
    assert second["monotonic_s"] // 1 == first["monotonic_s"] // 1 + 1 + second["missed"]


def test_a_stream_ends_when_it_is_cancelled_and_when_nobody_reads_it(tmp_path):
    cancelled = start("monitor", "--json", cwd=tmp_path, **BARE)
    unread = subprocess.Popen(
        [*cancelled.args[:4], "monitor", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(**BARE),
    )
    check_schema(json.loads(cancelled.stdout.readline()))
    cancelled.send_signal(signal.SIGINT)
    unread.stdout.readline()
    unread.stdout.close()
    out, err = cancelled.communicate(timeout=60)
    assert (cancelled.returncode, err) == (130, "Cancelled.\n")
    *_samples, last = out.splitlines()
    error = json.loads(last)
    check_schema(error)
    assert error["code"] == "cancelled"
    assert unread.wait(timeout=60) == 0


def test_metrics_are_printed_and_written(tmp_path):
    done = run("monitor", "metrics", "--out", "zkc.prom", "--json", cwd=tmp_path)
    text = (tmp_path / "zkc.prom").read_text()
    assert done.data["text"] == text
    families = parse(text)
    assert families["zkcompanion_machine_memory_bytes"]["unit"] == "bytes"
    assert families["zkcompanion_machine_processor_ratio"]["samples"][""] <= 1
