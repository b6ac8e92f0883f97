"""What draws and writes out reports, in a process of its own that ends with the report.

matplotlib and reportlab take a second and 100 MB; neither is for the window's process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.app.codec import decode, encode, told_failure
from zkcompanion.base.atomicfile import begin_no_more
from zkcompanion.base.errors import Cancelled
from zkcompanion.base.logfile import keep_log
from zkcompanion.base.paths import AppDirs, make_private_folder
from zkcompanion.reports.document import Document
from zkcompanion.reports.forms import FormName, render

if TYPE_CHECKING:
    from zkcompanion.engine.child import Task


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    """`home` as in `AppDirs`. `pictures`: whether there will be any, so that their library is loaded at once."""

    home: Path | None
    pictures: bool


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """A document, the forms that it is wanted in, and the reader's languages, the most wanted first."""

    document: Document
    forms: tuple[FormName, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files, in the order of the forms."""

    files: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many of them are done."""

    done: int


class Printer:
    """The servant of `engine/child`."""

    def run(self, task: Task) -> bytes:
        """The answer to the one kind of job that there is. Raises: Cancelled; BugError for what fits no report."""
        from zkcompanion.base.catalogue import SOURCE, Catalogue
        from zkcompanion.reports.words import Words

        order = decode(task.body, RenderOrder)
        catalogue = Catalogue(order.languages)
        words = Words(catalogue.say, next(iter(order.languages), SOURCE))
        files: list[bytes] = []
        task.report(lambda: bytes(encode(Drawn(len(files)))))
        for form in order.forms:
            if task.cancel.is_set():
                raise Cancelled
            files.append(render(order.document, form, words))
            task.changed()
        return bytes(encode(Rendered(tuple(files))))

    def failure(self, error: BaseException) -> bytes:
        """An error in bytes; of a fault of ours the places in the program, no text."""
        return told_failure(error)

    def rest(self) -> None:
        """There is one job only."""

    def abandon(self) -> None:
        """The process ends in a moment; it writes no files."""
        begin_no_more()


def open_printer(config: bytes) -> Printer:
    """The entry of the process: loads what takes long while what the report is made of is still gathered."""
    wanted = decode(config, PrinterConfig)
    dirs = AppDirs(wanted.home)
    keep_log(lambda: dirs.state)
    # else matplotlib keeps its list of fonts where it likes
    os.environ["MPLCONFIGDIR"] = str(make_private_folder(dirs.cache / "pictures"))
    if wanted.pictures:
        import zkcompanion.reports.pictures  # noqa: F401  # loads matplotlib
    return Printer()
