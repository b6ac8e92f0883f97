"""What this program is made of: versions and licences, from what is installed."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from zkcompanion import __version__

LICENCE = "Apache-2.0"
#: What `pyproject.toml` declares; written here because a bundle need not carry the program's own metadata.
DEPENDENCIES = (
    "numpy",
    "llvmlite",
    "wasmtime",
    "psutil",
    "platformdirs",
    "msgspec",
    "PySide6-Essentials",
    "pyqtgraph",
    "matplotlib",
    "reportlab",
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class PartView:
    """An installed library. `licence` is an SPDX expression or its name; empty where its author gave none."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class AboutView:
    """`parts` are the libraries that this program uses, and those that they need, by name."""

    version: str
    licence: str
    python: str
    parts: tuple[PartView, ...]


def about() -> AboutView:
    """Versions and licences; Python is one of the parts that matter, and has its own field."""
    parts = sorted((_part(found) for found in _installed()), key=lambda part: part.name.lower())
    return AboutView(__version__, LICENCE, platform.python_version(), tuple(parts))


def licence_text(name: str) -> str:
    """The full licence texts that came with a part, one after another; empty where there are none or no such part."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return ""
    files = [path for path in found.files or () if ".dist-info/" in str(path) and _LICENCE_FILE.search(str(path))]
    return "\n\n".join(text.strip() for path in sorted(files, key=str) if (text := found.read_text(_inside(path))))


def _inside(path: object) -> str:
    return str(path).partition(".dist-info/")[2]


def _installed() -> Iterator[Distribution]:
    """Our dependencies and theirs, each once; what a marker leaves out is not installed, and so not here."""
    seen: set[str] = set()
    waiting = list(DEPENDENCIES)
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        yield found
        for need in found.requires or ():
            match = _NAME.match(need)
            if match is not None and "extra ==" not in need:
                waiting.append(match[0])


def _part(found: Distribution) -> PartView:
    licence = _field(found, "License-Expression")
    if not licence:
        classifiers = found.metadata.get_all("Classifier", ())
        licence = ", ".join(line.removeprefix(_CLASSIFIER) for line in classifiers if line.startswith(_CLASSIFIER))
    return PartView(_field(found, "Name"), found.version, licence or _field(found, "License"))


def _field(found: Distribution, name: str) -> str:
    """The first line of a field; some authors put their whole licence into one."""
    return "".join(found.metadata.get_all(name, ())[:1]).strip().partition("\n")[0]
