"""What scripts share that open the real window: a display, a home of its own, waiting, and orders for real proofs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from zkcompanion.app.desk import Desk
    from zkcompanion.app.job_views import JobView, ProofOrder

ROOT = Path(__file__).resolve().parent.parent
SCREEN = "2560x1800x24"


@contextmanager
def display() -> Iterator[str]:
    """An X server without a screen for this process and its children; `offscreen` where there is none.

    The platform's name is what is yielded.
    """
    program = shutil.which("Xvfb")
    saved = {name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    server, number = (None, "") if program is None else _start(program)
    os.environ.pop("WAYLAND_DISPLAY", None)
    if number:
        os.environ |= {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    else:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        yield os.environ["QT_QPA_PLATFORM"]
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if server is not None:
            server.terminate()
            server.wait(timeout=10)


def _start(program: str) -> tuple[subprocess.Popen[bytes], str]:
    reader, writer = os.pipe()
    try:
        server = subprocess.Popen(
            [program, "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        return server, stream.readline().decode().strip()


def warm_home() -> Path | None:
    """The home that the environment names, where it has compiled kernels, for `fresh_home` to take them from."""
    named = os.environ.get("ZKCOMPANION_HOME", "")
    return Path(named) if named and (Path(named) / "data" / "seal.key").exists() else None


@contextmanager
def fresh_home(shared: Path | None = None) -> Iterator[Path]:
    """A home of its own, named in the environment; compiled kernels are taken from `shared`, a former home."""
    saved = os.environ.get("ZKCOMPANION_HOME")
    with tempfile.TemporaryDirectory(prefix="zkc-window-") as name:
        home = Path(name)
        if shared is not None:
            (home / "data").mkdir(mode=0o700)
            shutil.copy2(shared / "data" / "seal.key", home / "data" / "seal.key")
            (home / "cache").symlink_to(shared / "cache")
        os.environ["ZKCOMPANION_HOME"] = str(home)
        try:
            yield home
        finally:
            if saved is None:
                os.environ.pop("ZKCOMPANION_HOME", None)
            else:
                os.environ["ZKCOMPANION_HOME"] = saved


def wait_until(app: QApplication, condition: Callable[[], object], *, timeout_s: float, what: str) -> None:
    """Let the window live until `condition` holds. Raises: TimeoutError that says what did not come."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"{what} did not come within {timeout_s:.0f} s")
        app.processEvents()
        # leaves the processor to others for a moment, but wakes for what arrives
        loop, _timer = _loop(10)
        loop.exec()


def settle(app: QApplication, seconds: float) -> None:
    """Let the window live for a while."""
    app.processEvents()
    # one loop for all of it, as in a program's life; PySide keeps something of every call of `singleShot`
    loop, timer = _loop(round(1000 * seconds))
    loop.exec()
    timer.stop()


def _loop(milliseconds: int) -> tuple[QEventLoop, QTimer]:
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer(singleShot=True, interval=milliseconds)
    timer.timeout.connect(loop.quit)
    timer.start()
    return loop, timer


def order(desk: Desk, example: str, *, repeat: int = 1, inputs: bytes | None = None) -> ProofOrder:
    """An order for a bundled circuit, with its own values where none are given."""
    from zkcompanion.app.job_views import ProofOrder

    view = desk.jobs.describe_example(example).result(timeout=60)
    return ProofOrder(
        circuit=view.files,
        title=view.title,
        fingerprint=view.fingerprint,
        inputs=view.example_values if inputs is None else inputs,
        repeat=repeat,
    )


def ended(desk: Desk, job: int) -> JobView | None:
    """The job, once it is over."""
    view = desk.jobs.job(job)
    return view if view is not None and view.ended else None
