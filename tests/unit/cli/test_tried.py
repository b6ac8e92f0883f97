"""What runs anyway, in a process of its own: what this one says however that one ends."""

import os
import signal
import sys

import pytest

from zkcompanion.base.errors import BugError, Cancelled, ExitCode, ResourceError
from zkcompanion.cli import tried
from zkcompanion.cli.runner import Interrupts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def ended(monkeypatch):
    """Runs a line of Python in place of the command."""

    def run(line, *, cancelled=False, kill_s=10.0):
        monkeypatch.setattr(tried, "_KILL_S", kill_s)
        monkeypatch.setattr(tried.sys, "frozen", True, raising=False)
        interrupts = Interrupts()
        if cancelled:
            interrupts.cancel.set()
        return tried.run_tried(["-S", "-c", f"import os, signal, time\n{line}"], interrupts)

    return run


def test_the_code_of_the_process_is_passed_on(ended):
    assert ended("os._exit(4)") is ExitCode.RESOURCES
    assert ended("os._exit(130)") is ExitCode.CANCELLED
    assert ended("os._exit(0 if os.environ['ZKCOMPANION_TRIED'] else 1)") is ExitCode.OK


def test_a_process_that_the_system_ends_is_told(ended):
    with pytest.raises(ResourceError, match="memory ran out"):
        ended("os.kill(os.getpid(), signal.SIGKILL)")
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM):
        with pytest.raises(BugError, match=rf"ended by itself \({number.name}\)"):
            ended(f"os.kill(os.getpid(), {int(number)})")
    for code in (1000 % 256, 77):
        with pytest.raises(BugError, match="ended by itself"):
            ended(f"os._exit({code})")


def test_a_cancelled_process_counts_as_cancelled_however_it_ends(ended):
    with pytest.raises(Cancelled):
        ended("time.sleep(30)", cancelled=True)
    # one that cannot listen
    with pytest.raises(Cancelled):
        ended("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(30)", cancelled=True, kill_s=0.3)


def test_ctrl_c_waits_until_the_process_can_hear_it(ended):
    wait = "assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())\nos.kill(os.getpid(), signal.SIGINT)\n"
    assert ended(wait + "os._exit(3)") is ExitCode.BAD_FILE
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize(("mark", "heard"), [(os.getppid(), False), (1 << 30, True), ("yes", False)])
def test_a_process_whose_caller_is_gone_already_is_cancelled(monkeypatch, mark, heard):
    monkeypatch.setattr(tried, "hear_of_parent", lambda: None)
    monkeypatch.setenv("ZKCOMPANION_TRIED", str(mark))
    with Interrupts() as interrupts:
        tried.listen()
        assert interrupts.cancel.is_set() is heard


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
def test_the_process_hears_where_the_one_that_waits_for_it_is_killed(tmp_path):
    """So that nothing goes on proving, and holding memory, that nobody waits for."""
    line = (
        "import os, signal, time\n"
        "heard, told = os.pipe()\n"
        "middle = os.fork()\n"
        "if middle == 0:\n"
        "    if os.fork() == 0:\n"
        "        from zkcompanion.base.process import hear_of_parent\n"
        "        signal.signal(signal.SIGTERM, lambda *_: (os.write(told, b'T'), os._exit(0)))\n"
        "        hear_of_parent()\n"
        "        os.write(told, b'r')\n"
        "        time.sleep(30)\n"
        "    time.sleep(30)\n"
        "assert os.read(heard, 1) == b'r'\n"
        "os.kill(middle, signal.SIGKILL)\n"
        "assert os.read(heard, 1) == b'T'\n"
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", line]) == 0
