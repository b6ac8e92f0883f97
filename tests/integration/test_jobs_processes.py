"""Worker processes end with their window, keep secrets to themselves, and are closed to others."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.support.canary import forms, leaks
from tests.support.cli import BARE, ROOT, environment, home_with_kernels
from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

FUNDS = ROOT / "resources" / "circuits" / "funds-above-threshold"
#: The window is gone, and two seconds later so is everything of it.
GONE_S = 2.0

START = """
import sys
from tests.support.services import FOREVER, Window, order_of, say
from tests.support.workers import crew, job

if __name__ == "__main__":
    import psutil
    home, what = sys.argv[1:]
    def tell():
        say(" ".join(str(child.pid) for child in psutil.Process().children(recursive=True)))
        sys.stdin.read()
    if what == "hold":
        with crew() as (made, heard):
            made.submit("w", job(1, "hold"))
            heard.wait_for("progressed", 1)
            tell()
    with Window(home) as window:
        number = window.service.submit(order_of("sha256-preimage", repeat=FOREVER))
        window.in_phase(number, what)
        tell()
"""


def start(program, *words, tmp_path, **options):
    script = tmp_path / "window.py"
    script.write_text(program)
    temporary = tmp_path / "tmp"
    temporary.mkdir(exist_ok=True)
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, words)],
        cwd=work,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TMPDIR=str(temporary), ZKCOMPANION_HOME=str(tmp_path / "home")),
        **options,
    )


def is_there(pid):
    """Whether a process of this number still runs; one that only waits to be counted by the system does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(pids, limit_s):
    end_s = time.monotonic() + limit_s
    while any(map(is_there, pids)):
        assert time.monotonic() < end_s, [pid for pid in pids if is_there(pid)]
        threading.Event().wait(0.01)


def drafts(home):
    return [path.name for path in home.rglob(f"*{TEMPORARY_SUFFIX}")]


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/shm is Linux's")
@pytest.mark.parametrize("what", ["setup", "hold"])
def test_a_window_that_is_killed_leaves_nothing_behind(tmp_path, what):
    home = home_with_kernels(tmp_path / "home")
    shared = sorted(Path("/dev/shm").iterdir())
    process = start(START, home, what, tmp_path=tmp_path)
    try:
        pids = [int(word) for word in process.stdout.readline().split()]
        assert len(pids) >= 2, process.stderr.read()
        process.kill()
        process.wait()
        wait_until_gone(pids, GONE_S)
    finally:
        process.kill()
        process.communicate()
    assert drafts(home) == []
    assert drafts(home / "cache" / "code") == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert sorted(Path("/dev/shm").iterdir()) == shared


CANARY = """
import json, os, signal, sys, threading
seen = []
def hook(event, args):
    if event == "socket.__new__" and args[1] not in (socket.AF_UNIX,) or event in (
        "socket.connect", "socket.getaddrinfo", "socket.bind"
    ):
        seen.append(event)
import socket
sys.addaudithook(hook)
from pathlib import Path
from tests.support.canary import forms
from tests.support.services import FOREVER, Window, order_of
from zkcompanion.base.logs import start_logging

if __name__ == "__main__":
    import logging
    import psutil
    secret = int(sys.argv[1])
    inputs = sys.stdin.buffer.read()
    records = start_logging(sys.stderr, level=logging.DEBUG)
    said = []
    with Window(os.environ["ZKCOMPANION_HOME"]) as window:
        service = window.service
        def run(what, inputs=inputs, repeat=1):
            return service.submit(order_of("funds-above-threshold", inputs=inputs, repeat=repeat))
        said.append(window.end_of(run("prove")))
        number = run("cancel", repeat=FOREVER)
        said.append(window.in_phase(number, "sum-b2"))
        outside = []
        for child in psutil.Process().children(recursive=True):
            for name in ("cmdline", "environ", "comm", "maps"):
                try:
                    outside.append(Path(f"/proc/{child.pid}/{name}").read_bytes())
                except OSError:
                    continue
        service.cancel(number)
        said.append(window.end_of(number))
        for wrong in (
            inputs.replace(b'"threshold": "100000"', b'"threshold": "999999999"'),
            inputs.replace(b'"commitment"', b'"comitment"'),
            inputs[:-1],
            inputs.replace(b'"balance": "184250"', b'"balance": [[1, "x"]]'),
        ):
            assert wrong != inputs
            view = window.end_of(run("wrong", wrong))
            assert view.state == "failed" and view.error.whose != "us", view.error
            said.append(view)
        for number_of_signal in (signal.SIGABRT, signal.SIGQUIT, signal.SIGKILL):
            number = run("crash", repeat=FOREVER)
            for _ in range(2):
                window.in_phase(number, "sum-a")
                os.kill(window.prover_pid(), number_of_signal)
                view = window.wait_for(number, lambda view: view.state != "running")
            view = view if view.ended else window.end_of(number)
            assert view.state == "failed", view
            said.append(view)
            said.append(window.end_of(run("again")))
            assert said[-1].state == "done", said[-1]
        said += window.history.records()
        said += [service.jobs(), service.workers(), records.lines()]
        outside.append(repr([vars(record) for record in service._jobs.values()]).encode())
    everything = [repr(one).encode() for one in said] + outside
    print(json.dumps({
        "sockets": seen,
        "leaks": sum(form in text for form in forms(secret) for text in everything),
        "qt": [name for name in sys.modules if name.startswith("PySide6")],
        "states": [getattr(one, "state", "") for one in said][:3],
    }))
"""


def allow_core_dumps():
    import resource

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def test_a_secret_input_is_nowhere_whatever_happens_to_the_worker(tmp_path):
    home = home_with_kernels(tmp_path / "home")
    data = json.loads((FUNDS / "input.json").read_text())
    secret = int(data["salt"])
    assert len(str(secret)) == 77
    process = start(CANARY, secret, tmp_path=tmp_path, preexec_fn=allow_core_dumps)
    # the number itself stands in the command line of the test's own program, which is not searched
    try:
        out, err = process.communicate(json.dumps(data).encode(), timeout=120)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, err.decode()
    found = json.loads(out)
    assert found == {"sockets": [], "leaks": 0, "qt": [], "states": ["done", "running", "cancelled"]}
    assert not any(form in out + err for form in forms(secret))
    assert [*leaks(tmp_path, secret), *leaks(home, secret)] == []
    assert list((tmp_path / "work").iterdir()) == [], "no core dump"
    assert drafts(home) == []
    reports = list((home / "state" / "errors").iterdir())
    assert len(reports) == 2, "of the crashes, and not of the kill"


WITHOUT_STREAMS = """
import os, sys
from pathlib import Path
from tests.support.services import Window, order_of

if __name__ == "__main__":
    with Window(os.environ["ZKCOMPANION_HOME"]) as window:
        view = window.end_of(window.service.submit(order_of("funds-above-threshold")))
        Path("state").write_text(view.state + str(sys.stdout))
"""


def test_a_window_without_streams_can_prove(tmp_path):
    home_with_kernels(tmp_path / "home")
    script = tmp_path / "window.py"
    script.write_text(WITHOUT_STREAMS)
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" "$1" <&- >&- 2>&-', sys.executable, str(script)],
        cwd=tmp_path,
        env=environment(ZKCOMPANION_HOME=str(tmp_path / "home"), **BARE),
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert (tmp_path / "state").read_text() == "doneNone"


INTERRUPTED = """
import os, sys
from tests.support.services import FOREVER, Window, order_of, say

if __name__ == "__main__":
    with Window(os.environ["ZKCOMPANION_HOME"]) as window:
        number = window.service.submit(order_of("funds-above-threshold", repeat=FOREVER))
        window.in_phase(number, "sum-a")
        pid = window.prover_pid()
        try:
            say(str(pid))
            sys.stdin.read()
        except KeyboardInterrupt:
            pass
        alive = window.service.job(number).state == "running" and window.prover_pid() == pid
        window.service.cancel(number)
        say(window.end_of(number).state + str(alive))
"""


def test_ctrl_c_in_the_terminal_is_the_windows_business(tmp_path):
    home_with_kernels(tmp_path / "home")
    process = start(INTERRUPTED, tmp_path=tmp_path, start_new_session=True)
    try:
        assert process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.readline() == b"cancelledTrue\n", process.stderr.read()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
