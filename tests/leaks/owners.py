"""Every class of the program that owns something which must be given back, found in its sources."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import zkcompanion

ROOT = Path(zkcompanion.__file__).parent
#: A class with one of these can be ended, so it has something to end.
ENDS = {"close", "stop", "shutdown", "__exit__", "__aexit__", "__del__"}
#: What is called to get a process, a file, a map, a timer, a thread, a socket or a lock; modules' names stand before
#: names that others have too.
GETS = {
    "Popen",
    "Process",
    "Pipe",
    "Thread",
    "Timer",
    "ThreadPoolExecutor",
    "ProcessPoolExecutor",
    "QThread",
    "QTimer",
    "QProcess",
    "QFile",
    "QLockFile",
    "QLocalServer",
    "QLocalSocket",
    "QFileSystemWatcher",
    "memfd_create",
    "mmap.mmap",
    "os.open",
    "os.dup",
    "os.pipe",
    "os.fdopen",
    "socket.socket",
    "socketpair",
    "NamedTemporaryFile",
    "TemporaryDirectory",
    "TemporaryFile",
    "finalize",
    "addHandler",
    "eventfd",
    "SharedMemory",
    "startTimer",
}


@cache
def owners() -> dict[str, ast.ClassDef]:
    """By `module.Class`; protocols only say what others have."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(("zkcompanion", *path.relative_to(ROOT).with_suffix("").parts))
        found |= owners_in(path.read_text("utf-8"), module)
    return found


def owners_in(source: str, module: str) -> dict[str, ast.ClassDef]:
    """Those of one module."""
    return {
        f"{module}.{node.name}": node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and not _is_protocol(node) and (_ends(node) or _gets(node))
    }


def _is_protocol(node: ast.ClassDef) -> bool:
    return any("Protocol" in ast.unparse(base) for base in node.bases)


def _ends(node: ast.ClassDef) -> bool:
    return any(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name in ENDS for part in node.body)


def _gets(node: ast.ClassDef) -> bool:
    return any(not GETS.isdisjoint(_names(part.func)) for part in ast.walk(node) if isinstance(part, ast.Call))


def _names(function: ast.expr) -> set[str]:
    """Of what is called: its name, and with the name before it."""
    if isinstance(function, ast.Name):
        return {function.id}
    if not isinstance(function, ast.Attribute):
        return set()
    before = function.value
    last = before.id if isinstance(before, ast.Name) else before.attr if isinstance(before, ast.Attribute) else ""
    return {function.attr, f"{last}.{function.attr}"}
