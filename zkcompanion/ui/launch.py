"""From a command line without a command to an open window, or to a sentence that says why there is none.

Nothing of Qt is imported with this module; what goes wrong with its libraries or the display is said in words.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from zkcompanion.app.bugreport import describe, write_bug_report
from zkcompanion.app.error_views import companion_error, error_view
from zkcompanion.base.catalogue import Catalogue, preferred_languages
from zkcompanion.base.errors import Cancelled, CompanionError, ExitCode, ResourceError
from zkcompanion.base.logfile import keep_log
from zkcompanion.base.logs import start_logging
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

#: Forget where the window was.
RESET = "--reset-window"
#: Show Home at the first start, too.
NO_WIZARD = "--no-wizard"
#: Show our log on standard error.
DEBUG = "--debug"
_OPTIONS = {RESET, NO_WIZARD, DEBUG}
#: Platforms of Qt that show nothing, for tests and pictures.
_WITHOUT_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")

PACKAGES = "libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libdbus-1-3 libfontconfig1"


def wants_window(argv: Sequence[str]) -> bool:
    """Whether these words ask for the window: no command, and no option but the window's own."""
    return set(argv) <= _OPTIONS


def run_window(argv: Sequence[str]) -> int:
    """Open the window and stay until it is closed; the exit code. Whatever keeps it from opening is said in words."""
    debug = DEBUG in argv
    records = start_logging(sys.stderr, level=logging.DEBUG if debug else logging.CRITICAL)
    keep_log(lambda: AppDirs().state)
    try:
        return open_window(reset=RESET in argv, wizard=NO_WIZARD not in argv)
    except BaseException as error:  # what is no Exception would show its text, which may hold a value
        shown = companion_error(error)
        ours = shown.exit_code is ExitCode.BUG
        report = write_bug_report(error, "window", records.lines()) if ours else None
        if not isinstance(shown, Cancelled):
            say_error(shown, report)
        if debug and ours:
            sys.stderr.write(describe(error) + "\n")
        return int(shown.exit_code)


def open_window(*, reset: bool = False, wizard: bool = True) -> int:
    """The same, with errors raised.

    Raises: ResourceError where there is no display or a library is missing, FileError for a folder of ours that
        cannot be used.
    """
    require_display(os.environ)
    try:
        from zkcompanion.ui.qtapp import run
    except ImportError as error:
        raise missing_library(error) from error
    return run(reset=reset, wizard=wizard)


def say_error(error: CompanionError, report: Path | None = None) -> None:
    """Error, what to do, and where more is known, on standard error, as the command line says it."""
    view = error_view(error)
    lines = [msg("error: {what}", what=view.title), msg("  {what}", what=view.message)]
    if view.advice is not None:
        lines.append(msg("hint: {what}", what=view.advice))
    if report is not None:
        lines.append(msg("What is known about it, without any values, stands in {path}.", path=report))
    say = Catalogue(preferred_languages("")).say
    sys.stderr.write("".join(f"{say(line)}\n" for line in lines))
    sys.stderr.flush()


def require_display(environment: Mapping[str, str], platform: str = sys.platform) -> None:
    """Raises: ResourceError on a system without a display, before Qt ends the process over it."""
    if platform in {"win32", "darwin"}:
        return
    asked = environment.get("QT_QPA_PLATFORM", "")
    if asked.startswith(_WITHOUT_DISPLAY):
        return
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise no_display()


def no_display() -> ResourceError:
    """There is nothing to show a window on."""
    return ResourceError(
        msg("The window needs a display, and this session has none."),
        hint=msg(
            "Start it from a desktop, or use ssh with -X. The command line works without: zkcompanion --help shows it."
        ),
    )


def missing_library(error: ImportError) -> ResourceError:
    """Qt, or a library of the system that it needs, is not there."""
    name = str(error).partition(":")[0]
    if isinstance(error, ModuleNotFoundError):
        return ResourceError(
            msg("The window needs the Python package {name}, which is not installed.", name=error.name or name),
            hint=msg("Install it with: {command}", command=f'"{sys.executable}" -m pip install PySide6-Essentials'),
        )
    return ResourceError(
        msg("The window needs {library}, which this system does not have.", library=name),
        hint=msg("On Debian and Ubuntu install it with: {command}", command=f"apt-get install {PACKAGES}"),
    )


def no_platform(text: str) -> ResourceError:
    """Qt found no way to show a window; `text` is what it says of it."""
    library = _missing_in_platform()
    if library:
        return missing_library(ImportError(library))
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or ""
    if display and not os.environ.get("QT_QPA_PLATFORM"):
        return ResourceError(
            msg("The window cannot reach the display {display}.", display=display),
            hint=msg(
                "Is it still there, and may this user draw on it? The command line works without: zkcompanion --help."
            ),
        )
    first = text.strip().partition("\n")[0]
    return ResourceError(
        msg("Qt cannot open a window here: {why}", why=first),
        hint=msg("On Debian and Ubuntu this installs what it needs: {command}", command=f"apt-get install {PACKAGES}"),
    )


def _missing_in_platform() -> str:
    """The library that Qt's X11 platform misses; empty where it misses none."""
    if sys.platform != "linux":
        return ""
    import ctypes
    from importlib.util import find_spec

    spec = find_spec("PySide6")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        try:
            ctypes.CDLL(str(Path(folder, "Qt", "plugins", "platforms", "libqxcb.so")))
        except OSError as error:
            return str(error)
    return ""
