"""The script that draws the window's pictures: one of them, from a real run."""

import os
import subprocess
import sys

from PySide6.QtGui import QImage

from tests.conftest import ROOT


def test_the_script_draws_a_picture_of_the_first_start(home, tmp_path):
    words = ("--only", "home-first", "--themes", "dark", "--scales", "200", "--out", str(tmp_path))
    ran = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "screenshots.py"), *words],
        env=os.environ | {"ZKCOMPANION_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert [path.name for path in tmp_path.glob("*.png")] == ["home-first.dark.200.png"]
    drawn = QImage(str(tmp_path / "home-first.dark.200.png"))
    assert (drawn.width(), drawn.height()) == (2360, 1600)
    assert drawn.pixelColor(2300, 1400).name() == "#14161a"
    assert len(set(drawn.colorTable())) > 20
