"""Records the window's contract anew: pages, names of controls, actions and keys, into tests/ui_contract/contract.json.

It opens the window as the test does that compares; look at the diff before it is committed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST = "tests/gui/test_ui_contract.py::test_the_window_is_as_its_contract_says"


def main() -> int:
    """Run the test that compares, told to record."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytestqt.plugin", "-p", "no:cacheprovider", TEST]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"ZKC_RECORD_UI_CONTRACT": "1"}, check=False)
    if done.returncode == 0:
        print("recorded in tests/ui_contract/contract.json")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
