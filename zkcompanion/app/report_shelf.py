"""Reports that are kept: a folder for each in `reports` of the data folder.

`about.json` says what a report is, and is written last: a folder without it is what a killed program left, and goes.
What is removed is only hidden until `settle`, so that it can be put back.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from zkcompanion.app.report_views import FormName, KeptReport, ReportOrder
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.documents import write_document
from zkcompanion.base.errors import BugError, FileError, ResourceError, error_of_system
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs, make_private_folder
from zkcompanion.base.regularfile import open_regular
from zkcompanion.base.strictjson import load_json
from zkcompanion.reports.forms import FORMS

_LOG = get_logger(__name__)

#: Scheduled reports that are kept; the oldest go. Those that somebody asked for stay until they are removed.
MOST_SCHEDULED = 60
_ABOUT = "about.json"
_MOST_BYTES = 1 << 16
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_HIDDEN = ".removed-"
#: Up to the year 9990: in every time zone there is such a date.
_Moment = Annotated[float, msgspec.Meta(ge=0, lt=253086768000)]


@dataclass(frozen=True, slots=True)
class _About:
    version: Literal[1]
    kind: Literal["performance", "memory"]
    begin_unix_s: _Moment
    end_unix_s: _Moment
    made_unix_s: _Moment
    scheduled: Annotated[str, msgspec.Meta(max_length=100)]
    stem: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,99}\Z")]
    forms: Annotated[tuple[FormName, ...], msgspec.Meta(min_length=1)]


class ReportShelf:
    """Safe to call from any thread; reads and writes the disk, so not for the thread that draws."""

    def __init__(self, dirs: AppDirs) -> None:
        self._dirs = dirs

    @property
    def folder(self) -> Path:
        """Where they lie. Raises: FileError."""
        return make_private_folder(self._dirs.data / "reports")

    def reports(self) -> tuple[KeptReport, ...]:
        """All of them, the last made first; what cannot be read is left out."""
        found = []
        with contextlib.suppress(FileError, OSError):
            for folder in self.folder.iterdir():
                if _ID.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
                    kept = _read(folder)
                    if kept is not None:
                        found.append(kept)
        return tuple(sorted(found, key=lambda one: (-one.made_unix_s, one.id)))

    def put(
        self, name: str, order: ReportOrder, made_unix_s: float, stem: str, files: Mapping[FormName, bytes]
    ) -> KeptReport:
        """Keep a report under a name (`[a-z0-9-]`); a scheduled one takes the place of one of its name.

        Raises: ResourceError, FileError; then nothing of it is there.
        """
        about = _About(
            1, order.kind, order.begin_unix_s, order.end_unix_s, made_unix_s, order.scheduled, stem, tuple(files)
        )
        try:
            folder = self._make(name, anew=bool(order.scheduled))
            try:
                for form, data in files.items():
                    write_atomic(folder / f"{stem}{FORMS[form].suffix}", data)
                write_document(folder / _ABOUT, msgspec.to_builtins(about))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise error_of_system(error, msg("The report cannot be kept: {why}.", why=why), file=str(name)) from error
        kept = _read(folder)
        if kept is None:
            raise BugError(msg("A report that was just written cannot be read."))
        self._thin_out()
        return kept

    def remove(self, id_: str) -> None:
        """Take one away until `restore` or, for good, `settle`; nothing where it is not there."""
        if _ID.fullmatch(id_):
            with contextlib.suppress(FileNotFoundError):
                hidden = self.folder / f"{_HIDDEN}{id_}"
                shutil.rmtree(hidden, ignore_errors=True)
                (self.folder / id_).rename(hidden)

    def restore(self, id_: str) -> None:
        """Put back what was removed."""
        if _ID.fullmatch(id_) and not (self.folder / id_).exists():
            with contextlib.suppress(FileNotFoundError):
                (self.folder / f"{_HIDDEN}{id_}").rename(self.folder / id_)

    def settle(self) -> None:
        """Remove for good what was removed, and what a killed program left half written."""
        with contextlib.suppress(FileError, OSError):
            for folder in list(self.folder.iterdir()):
                half = _ID.fullmatch(folder.name) and folder.is_dir() and not (folder / _ABOUT).exists()
                if folder.name.startswith(_HIDDEN) or half:
                    shutil.rmtree(folder, ignore_errors=True)

    def size_bytes(self) -> int:
        """Of all of them."""
        return sum(one.size_bytes for one in self.reports())

    def _make(self, name: str, *, anew: bool) -> Path:
        if not _ID.fullmatch(name):
            raise BugError(msg("A report cannot have this name."))
        folder = self.folder / name
        if anew:
            shutil.rmtree(folder, ignore_errors=True)
        number = 1
        while True:
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                number += 1
                folder = self.folder / f"{name}-{number}"
            else:
                return folder

    def _thin_out(self) -> None:
        scheduled = [one for one in self.reports() if one.scheduled]
        for one in scheduled[MOST_SCHEDULED:]:
            shutil.rmtree(self.folder / one.id, ignore_errors=True)


def _read(folder: Path) -> KeptReport | None:
    """What a folder holds; None where that is no whole report of ours."""
    try:
        with open_regular(folder / _ABOUT) as stream:
            plain = load_json(stream.read(_MOST_BYTES + 1), file=_ABOUT, max_bytes=_MOST_BYTES)
        about = msgspec.convert(plain, _About)
        files = tuple((form, folder / f"{about.stem}{FORMS[form].suffix}") for form in about.forms)
        size_bytes = sum(path.stat(follow_symlinks=False).st_size for _, path in files)
    except (OSError, FileError, ResourceError, ValueError, RecursionError) as error:
        _LOG.info("A folder among the reports is no report (%s).", type(error).__name__)
        return None
    return KeptReport(
        folder.name,
        about.kind,
        about.begin_unix_s,
        about.end_unix_s,
        about.made_unix_s,
        about.scheduled,
        files,
        size_bytes,
    )
