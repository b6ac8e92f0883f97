"""Draws every page and state of the window from real runs into docs/screenshots/.

    .venv/bin/python scripts/screenshots.py                     # what docs/screenshots/ keeps
    .venv/bin/python scripts/screenshots.py --all --out /tmp/shots
    .venv/bin/python scripts/screenshots.py --only home,prove-done --themes light --scales 100 --out /tmp/shots

Each theme and scale is a process of its own on a fresh home: the proofs, verdicts, histories and faults in the pictures
come from the program's own services. So that the repository stays small, pictures have at most 64 colours, and of those
at 200 % only the ones named below are kept; `--all` draws all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import numpy as np  # noqa: E402
from windowlab import ROOT, fresh_home, settle, wait_until, warm_home  # noqa: E402

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

OUT = ROOT / "docs" / "screenshots"
THEMES = ("light", "dark")
SCALES = (100, 200)
SIZE, NARROW = (1180, 800), (720, 900)
#: What a desktop would show, the best that is installed; the second family is for Chinese.
FAMILIES = ("Inter", "Noto Sans", "DejaVu Sans")
COLOURS = 64
#: Kept at 200 % too.
KEPT_LARGE = (
    "home-first",
    "home-later",
    "home-running",
    "prove-first-visit",
    "prove-example-sudoku",
    "prove-running",
    "prove-done",
    "prove-failed",
    "verify-holds",
    "verify-insecure-key",
    "settings-appearance",
    "settings-engine",
    "finder-typed",
)
#: What is passed to a process that draws.
_DRAW = "--draw"


def choose_font(app: QApplication) -> str:
    """Take the system's font, or the best that is installed; its name. Says where Chinese could not be drawn."""
    from PySide6.QtGui import QFont, QFontDatabase

    installed = set(QFontDatabase.families())
    chinese = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    if not chinese:
        print("No font with Chinese is installed (apt-get install fonts-noto-cjk).", file=sys.stderr)
    family = next((name for name in FAMILIES if name in installed), app.font().family())
    font = QFont([family, *(name for name in chinese[:1] if name != family)])
    app.setFont(font)
    return family


def small_png(image: QImage, colours: int = COLOURS) -> bytes:
    """The picture as a PNG with a palette: the colours it has most; the rest becomes the nearest of them."""
    from PySide6.QtGui import QImage

    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    height, width = plain.height(), plain.width()
    pixels = np.frombuffer(plain.constBits(), np.uint32).reshape(height, plain.bytesPerLine() // 4)[:, :width]
    found, where, counts = np.unique(pixels & 0xFFFFFF, return_inverse=True, return_counts=True)
    # every colour of a theme is kept however little of it there is: rare ones are chosen by how far they stand apart
    kept = _palette(found, counts, colours)
    nearest = np.concatenate(
        [_distances(part, kept).argmin(axis=1) for part in np.array_split(found, max(1, len(found) // 4096))]
    )
    lines = np.zeros((height, width + 1), np.uint8)  # a zero before each line: no filter, best for few colours
    lines[:, 1:] = nearest[where].reshape(height, width)
    palette = b"".join(int(colour).to_bytes(3, "big") for colour in kept)
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 3, 0, 0, 0))
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _palette(found: np.ndarray, counts: np.ndarray, colours: int) -> np.ndarray:
    most = found[np.argsort(-counts)]
    if len(most) <= colours:
        return most
    kept = list(most[: colours * 3 // 4])
    rest = most[colours * 3 // 4 :][:20_000]
    distances = _distances(rest, np.array(kept)).min(axis=1)
    while len(kept) < colours:
        farthest = int(distances.argmax())
        kept.append(rest[farthest])
        distances = np.minimum(distances, _distances(rest, rest[farthest : farthest + 1])[:, 0])
    return np.array(kept)


def _distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    def channels(colours: np.ndarray) -> np.ndarray:
        return np.stack([(colours >> shift) & 0xFF for shift in (16, 8, 0)], axis=-1).astype(np.int32)

    return np.asarray(((channels(left)[:, None] - channels(right)[None]) ** 2).sum(axis=2))


class Camera:
    """Takes pictures of the window, named `NAME.THEME.SCALE.png`."""

    def __init__(self, app: QApplication, out: Path, theme: str, scale: int, only: tuple[str, ...]) -> None:
        self._app = app
        self._out = out
        self._ending = f"{theme}.{scale}.png"
        self._only = only

    def wants(self, name: str) -> bool:
        """Whether this picture was asked for."""
        return not self._only or name.startswith(self._only)

    def take(self, window: object, name: str, *, settle_s: float = 0.4) -> None:
        """Wait a moment for what is on its way, and take the picture."""
        from PySide6.QtWidgets import QWidget

        if not self.wants(name):
            return
        settle(self._app, settle_s)
        assert isinstance(window, QWidget)
        path = self._out / f"{name}.{self._ending}"
        path.write_bytes(small_png(window.grab().toImage()))
        print(path.name, path.stat().st_size, flush=True)


def draw(out: Path, theme_name: str, scale: int, only: tuple[str, ...]) -> None:
    """Open the window on a fresh home and take all pictures of one theme."""
    from PySide6.QtWidgets import QApplication
    from screenshot_scenes import SCENES, Stage

    from zkcompanion.app.desk import Desk
    from zkcompanion.ui.pages import PAGES
    from zkcompanion.ui.shell.main_window import MainWindow
    from zkcompanion.ui.theme.theme import Theme

    app = QApplication(["zkcompanion"])
    choose_font(app)
    camera = Camera(app, out, theme_name, scale, only)
    with Desk() as desk:
        desk.preferences.change(theme=theme_name)
        theme = Theme(app)
        theme.apply(theme_name, 100)
        window = MainWindow(desk, theme, PAGES)
        window.resize(*SIZE)
        window.show()
        desk.jobs.start()
        wait_until(
            app,
            lambda: len(desk.jobs.workers()) > 1 and all(one.state == "ready" for one in desk.jobs.workers()),
            timeout_s=180,
            what="ready workers",
        )
        stage = Stage(app, desk, window, camera)
        wanted = [any(camera.wants(name) for name in names) for names, _ in SCENES]
        last = max((number for number, want in enumerate(wanted) if want), default=-1)
        for number, (_, scene) in enumerate(SCENES[: last + 1]):
            # what leaves something behind for later scenes is played for them too
            if wanted[number] or scene.__name__.startswith("always"):
                scene(stage)
        window.close_for_good()


def main() -> int:
    """Draw, each theme and scale in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--themes", default=",".join(THEMES))
    parser.add_argument("--scales", default=",".join(map(str, SCALES)))
    parser.add_argument("--all", action="store_true", help="every picture at every scale")
    parser.add_argument("--only", default="", help="beginnings of names, separated by commas")
    parser.add_argument(_DRAW, nargs=2, metavar=("THEME", "SCALE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    only = tuple(name for name in chosen.only.split(",") if name)
    if chosen.draw:
        draw(chosen.out, chosen.draw[0], int(chosen.draw[1]), only)
        return 0
    chosen.out.mkdir(parents=True, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix="zkc-shared-") as name:
        shared = warm_home()
        for theme in chosen.themes.split(","):
            for scale in chosen.scales.split(","):
                with fresh_home(shared) as home:
                    environment = os.environ | {
                        "QT_QPA_PLATFORM": "offscreen",
                        "QT_SCALE_FACTOR": str(int(scale) / 100),
                        "LC_ALL": "C.UTF-8",
                    }
                    names = chosen.only or ("" if chosen.all or scale == "100" else ",".join(KEPT_LARGE))
                    words = [sys.executable, __file__, "--out", str(chosen.out), "--only", names]
                    ran = subprocess.run([*words, _DRAW, theme, scale], env=environment, check=False)
                    if ran.returncode:
                        failed.append(f"{theme} {scale}")
                    if shared is None and not ran.returncode:
                        shared = _keep(home, Path(name))
    total = sum(path.stat().st_size for path in chosen.out.glob("*.png"))
    print(f"{total / 1e6:.2f} MB in {chosen.out}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _keep(home: Path, place: Path) -> Path:
    """Compiled kernels of the first home, for the homes that follow."""
    for folder in ("data", "cache"):
        (home / folder).rename(place / folder)
    return place


if __name__ == "__main__":
    sys.exit(main())
