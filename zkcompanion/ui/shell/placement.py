"""Where the window was: remembered in a small file, and kept on the screens that there are today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from zkcompanion.base.documents import read_document, write_document
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.paths import AppDirs

_LOG = get_logger(__name__)

FILE_NAME = "window.json"
VERSION = 1
_MAX_BYTES = 1 << 12
#: No desktop reaches so far.
_FAR = 1 << 20
#: A window is never smaller, unless the screen is.
LEAST_WIDTH, LEAST_HEIGHT = 720, 520
USUAL_WIDTH, USUAL_HEIGHT = 1180, 800
#: So much of the title bar stays within reach: its height, and a width to take hold of.
_GRIP_WIDTH, _GRIP_HEIGHT = 160, 32


@dataclass(frozen=True, slots=True)
class Rect:
    """Pixels of the desktop; x and y may be negative."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Placement:
    """The window's place and size when it is not maximised, and whether it is."""

    x: int
    y: int
    width: int
    height: int
    maximized: bool = False


def clamp(place: Placement, screens: Sequence[Rect]) -> Placement:
    """`place`, moved and shrunk so that it can be seen and taken hold of; `screens` are free of docks and bars.

    A window on a screen that is there stays where it is, even partly outside; one on a screen that is gone comes to
    the middle of the first.
    """
    if not screens:
        return place
    screen = max(screens, key=lambda screen: _common(place, screen))
    width = min(max(place.width, LEAST_WIDTH), screen.width)
    height = min(max(place.height, LEAST_HEIGHT), screen.height)
    if _common(place, screen) == 0:
        screen = screens[0]
        width, height = min(width, screen.width), min(height, screen.height)
        x = screen.x + (screen.width - width) // 2
        y = screen.y + (screen.height - height) // 2
        return Placement(x, y, width, height, place.maximized)
    grip = min(_GRIP_WIDTH, width)
    x = min(max(place.x, screen.x - width + grip), screen.x + screen.width - grip)
    y = min(max(place.y, screen.y), screen.y + screen.height - _GRIP_HEIGHT)
    return Placement(x, y, width, height, place.maximized)


def centred(screen: Rect) -> Placement:
    """Where a window that was never moved opens."""
    width, height = min(USUAL_WIDTH, screen.width), min(USUAL_HEIGHT, screen.height)
    return Placement(screen.x + (screen.width - width) // 2, screen.y + (screen.height - height) // 2, width, height)


def read_placement(dirs: AppDirs) -> Placement | None:
    """Where it was last; None where nothing is known."""
    try:
        data = read_document(dirs.state / FILE_NAME, max_bytes=_MAX_BYTES).data
    except FileError as error:
        _LOG.info("The window's last place is not known (%s).", type(error).__name__)
        return None
    found = [data.get(name) for name in ("x", "y", "width", "height")]
    numbers = [value for value in found if isinstance(value, int) and abs(value) < _FAR]
    if data.get("version") != VERSION or len(numbers) != len(found):
        return None
    x, y, width, height = numbers
    return Placement(x, y, width, height, maximized=data.get("maximized") is True)


def write_placement(dirs: AppDirs, place: Placement) -> None:
    """Remember it; where that fails it is logged and nothing else happens."""
    try:
        write_document(dirs.state / FILE_NAME, {"version": VERSION, **asdict(place)})
    except (FileError, ResourceError) as error:
        _LOG.warning("The window's place cannot be kept (%s).", type(error).__name__)


def forget_placement(dirs: AppDirs) -> None:
    """The window opens as if for the first time."""
    try:
        (dirs.state / FILE_NAME).unlink(missing_ok=True)
    except (FileError, OSError) as error:
        _LOG.warning("The window's place cannot be forgotten (%s).", type(error).__name__)


def _common(place: Placement, screen: Rect) -> int:
    """The area that a window and a screen have in common."""
    across = min(place.x + place.width, screen.x + screen.width) - max(place.x, screen.x)
    down = min(place.y + place.height, screen.y + screen.height) - max(place.y, screen.y)
    return max(0, across) * max(0, down)
