"""What `test_crew` and the integration tests cannot see from outside: other systems, and a system that refuses."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zkcompanion.engine import hardening

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    return done


def test_on_another_system_the_pipe_alone_ends_a_worker(monkeypatch):
    monkeypatch.setattr(hardening.sys, "platform", "darwin")
    monkeypatch.setattr(hardening.ctypes, "CDLL", None)  # would fail
    hardening.end_with_parent()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_the_end_of_the_parent_is_an_alarm_a_second_later():
    code = (
        "import os, signal, threading; from zkcompanion.engine.hardening import harden; harden(); "
        "signal.getsignal(signal.SIGHUP); os.kill(os.getpid(), signal.SIGHUP); "
        "r, w = os.pipe(); os.read(r, 1)"  # a call that never comes back
    )
    assert run(code).returncode == -signal.SIGALRM


def test_nothing_that_is_printed_gets_out():
    code = (
        "import os; from zkcompanion.engine.hardening import silence_streams; silence_streams(); "
        "print('a', flush=True); os.write(2, b'b')"
    )
    done = run(code)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("closed", [(0, 1, 2), (1,), ()])
def test_no_pipe_takes_the_place_of_a_stream_that_is_closed(closed, tmp_path):
    code = (
        f"import os; [os.close(n) for n in {closed}]; "
        "from zkcompanion.engine.hardening import reserve_standard_streams, silence_streams; "
        "reserve_standard_streams(); r, w = os.pipe(); silence_streams(); "
        "os.write(w, b'x'); assert os.read(r, 1) == b'x'; "
        f"open({str(tmp_path / 'out')!r}, 'w').write(str(min(r, w) > 2))"
    )
    run(code)
    assert (tmp_path / "out").read_text() == "True"


def test_a_process_that_leads_its_session_already_stays_there():
    code = (
        "import os; os.setsid() if os.getsid(0) != os.getpid() else None; "
        "from zkcompanion.engine.hardening import leave_terminal; leave_terminal(); print(os.getsid(0) == os.getpid())"
    )
    assert run(code).stdout == "True\n"


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="no autogroups here")
def test_the_session_of_a_worker_steps_back_as_the_process_does():
    # without this a niced worker weighs as much as the window, because Linux weighs sessions first
    code = (
        "import os; from zkcompanion.engine.hardening import leave_terminal, step_back; leave_terminal(); step_back(); "
        "print(os.nice(0), open('/proc/self/autogroup').read().split()[-1])"
    )
    own = os.nice(0)
    assert run(code).stdout.split() == [str(min(own + 10, 19)), "5"]


def test_a_process_in_somebody_elses_session_leaves_that_alone():
    code = (
        "import os; before = os.getsid(0); from zkcompanion.engine import hardening as h; "
        "h.os.getsid = lambda pid: -1; h.os.open = None; h.step_back(); print('done')"
    )
    assert run(code).stdout == "done\n"


def test_another_system_has_no_priorities_of_this_kind(monkeypatch):
    monkeypatch.setattr(hardening.sys, "platform", "win32")
    monkeypatch.setattr(hardening.os, "nice", None, raising=False)  # would fail
    hardening.step_back()
