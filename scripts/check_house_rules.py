"""House rules that neither ruff nor mypy knows: each is a past argument, settled, with its reason.

Every rule carries a line it must refuse; `tests/architecture/test_house_rules.py` sees that it does.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("zkcompanion", "scripts", "tests", "docs", "packaging", ".ci")
SUFFIXES = {".py", ".sh", ".md", ".toml", ".txt", ""}
SKIPPED_FOLDERS = {"node_modules", "__pycache__", "data"}

PROGRAM = ("zkcompanion/",)
PYTHON = ("zkcompanion/", "scripts/", "tests/")


@dataclass(frozen=True)
class Rule:
    """A pattern (regular expression, or a function that yields line numbers) and why it is refused.

    `part` is what a regular expression sees of each line: "code" without comments and with empty string literals,
    "comments" only, or "text" as it stands. `inside` and `outside` are beginnings of paths; `bad` is refused by it.
    """

    name: str
    pattern: str | Callable[[ast.Module], Iterator[int]]
    reason: str
    bad: str
    inside: tuple[str, ...] = PROGRAM
    outside: tuple[str, ...] = ()
    part: str = "code"


def _literal_mode(call: ast.Call) -> str:
    """The mode of an `open` call as far as it is written out."""
    is_method = isinstance(call.func, ast.Attribute) and not _is_name(call.func.value, {"io", "os", "builtins"})
    position = 0 if is_method else 1
    given = [keyword.value for keyword in call.keywords if keyword.arg == "mode"] + call.args[position : position + 1]
    return "".join(str(node.value) for node in given if isinstance(node, ast.Constant))


def _is_name(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def file_writes(tree: ast.Module) -> Iterator[int]:
    """Lines that open a file for writing."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        opens = name in {"open", "fdopen"} and bool(set("wax+") & set(_literal_mode(call)))
        if opens or name in {"write_text", "write_bytes", "NamedTemporaryFile", "mkstemp"}:
            yield call.lineno


#: How many templates each of them takes.
_TEMPLATES = {"msg": 1, "msg_n": 2}


def _msg_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, list[str | None]]]:
    """Each call that makes a sentence, and its templates; None in place of one that is no literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_name(node.func, set(_TEMPLATES)) and node.args:
            yield (
                node,
                [
                    arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else None
                    for arg in node.args
                ],
            )


def composed_messages(tree: ast.Module) -> Iterator[int]:
    """Lines where `msg` or `msg_n` gets anything but literals, which no catalogue could find."""
    for call, templates in _msg_calls(tree):
        if None in templates or len(templates) != _TEMPLATES[getattr(call.func, "id", "")]:
            yield call.lineno


def loud_messages(tree: ast.Module) -> Iterator[int]:
    """Lines where a sentence for the user has an exclamation mark."""
    for call, templates in _msg_calls(tree):
        if any("!" in template for template in templates if template is not None):
            yield call.lineno


def misfit_messages(tree: ast.Module) -> Iterator[int]:
    """Lines where the fields of a sentence are not the names that it is given."""
    for call, templates in _msg_calls(tree):
        given = {keyword.arg for keyword in call.keywords}
        if None in given:  # **names
            continue
        try:
            fields = {name for text in templates if text is not None for _, name, _, _ in Formatter().parse(text)}
        except ValueError:
            yield call.lineno
            continue
        # the count may be left out of both, where it only chooses the form
        if fields - {None} != given and not (len(templates) > 1 and fields - {None} | {"n"} == given):
            yield call.lineno


RULES = (
    Rule(
        "no-print",
        r"\bprint\(",
        "lower layers return or log; only the command line and scripts print",
        "print(1)",
        outside=("zkcompanion/cli/",),
    ),
    Rule(
        "one-clock",
        r"\btime\.(time|monotonic|perf_counter|process_time|thread_time)(_ns)?\b|\bfrom time import"
        r"|\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(",
        "time is read through base/clock.py, so that a test can set it",
        "start = time.perf_counter()",
        outside=("zkcompanion/base/clock.py",),
    ),
    Rule(
        "no-sleep",
        r"\btime\.sleep\(|\bfrom time import[^\n]*\bsleep\b",
        "wait for a condition (Event.wait, Connection.poll), never for a guess",
        "time.sleep(1)",
        inside=("zkcompanion/", "scripts/"),
    ),
    Rule(
        "one-writer",
        file_writes,
        "files are written by base/atomicfile.py, whole or not at all",
        'open("x", "w").write("")',
        outside=("zkcompanion/base/atomicfile.py",),
    ),
    Rule(
        "named-noqa",
        r"#\s*noqa(?!: ?[A-Z]+[0-9]+)",
        "say which finding is meant: noqa: CODE",
        "x = 1  # noqa",
        inside=PYTHON,
        part="comments",
    ),
    Rule(
        "named-ignore",
        r"#\s*type:\s*ignore(?!\[)",
        "say which finding is meant: type: ignore[code]",
        "x = 1  # type: ignore",
        inside=PYTHON,
        part="comments",
    ),
    Rule(
        "reasoned-no-cover",
        r"#\s*pragma:\s*no (cover|branch)\s*$",
        "code that no test reaches needs its reason behind the pragma",
        "x = 1  # pragma: no cover",
        inside=PYTHON,
        part="comments",
    ),
    Rule(
        "no-random",
        r"^\s*(import random\b|from random import)|\b(np|numpy)\.random\b",
        "blinding comes from `secrets`; what must repeat is derived from a seed by a hash",
        "import random",
    ),
    Rule(
        "no-pickle",
        r"^\s*(import|from) (pickle|cPickle|dill|cloudpickle|shelve|marshal)\b|allow_pickle=True",
        "a pickle from a file or another process runs code",
        "import pickle",
        inside=("zkcompanion/", "scripts/"),
    ),
    Rule(
        "qt-in-ui",
        r"^\s*(import|from) (PySide6|shiboken6|pyqtgraph)\b",
        "only the window knows Qt",
        "from PySide6 import QtCore",
        outside=("zkcompanion/ui/",),
    ),
    Rule(
        "no-network",
        r"^\s*(import|from) (socket|ssl|urllib\.request|http|ftplib|smtplib|requests|urllib3|httpx|aiohttp)\b",
        "nothing leaves this machine",
        "import socket",
        outside=("zkcompanion/app/metrics_endpoint.py",),  # listens on the loopback address, when it is asked for
    ),
    Rule(
        "visible-imports",
        r"\bimport_module\(|\b__import__\(",
        "the layer test cannot see an import by name",
        'importlib.import_module("x")',
        outside=("zkcompanion/proving/kernels/jit.py",),  # its table names modules of its own package only
    ),
    Rule(
        "pure-proving",
        r"^\s*(import|from) (subprocess|multiprocessing|time|datetime|logging|platformdirs)\b",
        "the mathematics has no processes, no clock, no log and no places of its own",
        "import subprocess",
        inside=("zkcompanion/proving/",),
    ),
    Rule(
        "literal-message",
        composed_messages,
        "what msg() and msg_n() begin with are literals with {names}, so that they can be translated",
        'msg(f"bad {x}")',
    ),
    Rule(
        "fitting-message",
        misfit_messages,
        "the {names} in a sentence are those that it is given, or nobody can fill it in",
        'msg("no {file}", name=x)',
    ),
    Rule("calm-message", loud_messages, "sentences for the user are calm", 'msg("Done!")'),
    Rule(
        "no-machine-paths",
        r"(?<![\w.~$}])/(work|root|home/\w+)/\w",
        "paths of one machine mean nothing on another",
        'x = "/wor' + 'k/shared"',
        inside=("zkcompanion/", "scripts/", "tests/", "docs/", "packaging/", ".ci/"),
        part="text",
    ),
)


@lru_cache(maxsize=1)  # every rule asks for the same file in turn
def split_parts(source: str) -> tuple[list[str], list[str]]:
    """For each line its code (string literals emptied, comments cut) and its comment."""
    lines = source.splitlines()
    code, comments = list(lines), [""] * len(lines)
    texts = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}  # f-strings are split from 3.12 on
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        (first, start), (last, end) = token.start, token.end
        if token.type == tokenize.COMMENT:
            comments[first - 1] = token.string
            code[first - 1] = code[first - 1][:start]
        elif token.type in texts:
            tail = code[last - 1][end:]
            code[first - 1] = code[first - 1][:start] + '""' + (tail if first == last else "")
            for number in range(first, last):
                code[number] = tail if number == last - 1 else ""
    return code, comments


@lru_cache(maxsize=1)
def parsed(source: str) -> ast.Module:
    """The syntax tree of `source`."""
    return ast.parse(source)


def refused_lines(rule: Rule, source: str, *, is_python: bool) -> Iterator[int]:
    """Numbers of the lines of `source` that `rule` refuses."""
    if not isinstance(rule.pattern, str):
        if is_python:
            yield from rule.pattern(parsed(source))
        return
    if rule.part != "text" and not is_python:
        return
    lines = source.splitlines()
    if rule.part != "text":
        code, comments = split_parts(source)
        lines = code if rule.part == "code" else comments
    pattern = re.compile(rule.pattern)
    yield from (number for number, line in enumerate(lines, start=1) if pattern.search(line))


def files_of(root: Path) -> Iterator[Path]:
    """Every text file that the rules look at."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and path.suffix in SUFFIXES and not SKIPPED_FOLDERS.intersection(parts):
                yield path
    yield from sorted(root.glob("*.md"))


def problems(root: Path = ROOT) -> Iterator[str]:
    """One line for each place that breaks a rule: file, line, rule, reason."""
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        rules = [
            rule
            for rule in RULES
            if name.startswith(rule.inside) and not (rule.outside and name.startswith(rule.outside))
        ]
        if not rules:
            continue
        source = path.read_text(encoding="utf-8")
        for rule in rules:
            for number in refused_lines(rule, source, is_python=path.suffix == ".py"):
                yield f"{name}:{number}: {rule.name}: {rule.reason}"


def main() -> int:
    """Print every problem; 1 where there is one."""
    found = list(problems())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
