"""The command line needs no Qt and opens no network socket, not even while it is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# AF_INET is 2 everywhere; AF_INET6 differs
WATCHED = """
import json, socket, sys
seen = []
def hook(event, args):
    if event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6):
        seen.append(event)
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        seen.append(event)
sys.addaudithook(hook)
code = 0
try:
    {action}
except SystemExit as error:
    code = error.code or 0
qt = sorted({{name.partition(".")[0] for name in sys.modules}} & {{"PySide6", "shiboken6", "pyqtgraph"}})
print("\\n" + json.dumps({{"code": code, "sockets": seen, "qt": qt}}))
"""


def watch(action):
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(action=action)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "action",
    [
        "import zkcompanion.__main__",
        "import zkcompanion.cli.main",
        "from zkcompanion.cli.main import main; code = main(['--version'])",
        "from zkcompanion.cli.main import main; code = main(['examples'])",
        "from zkcompanion.cli.main import main; code = main(['monitor', '--json', '--count', '1'])",
    ],
)
def test_the_command_line_loads_no_qt_and_opens_no_network_socket(action):
    assert watch(action) == {"code": 0, "sockets": [], "qt": []}


def test_the_watch_can_fail():
    assert watch("import PySide6")["qt"] == ["PySide6", "shiboken6"]
    assert watch("import socket; socket.socket(socket.AF_INET6).close()")["sockets"] == ["socket.__new__"]
