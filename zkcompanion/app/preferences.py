"""What the user chose for good: one declaration for each preference, one file, replaced whole.

The file is `settings.json` in the config folder: an object with `version` and the preferences by name. Versions:

- 1: the preferences below.

Names that this version does not know, and values of a newer version that it cannot read, are written back as they
were, so that going back to an older program for a day loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Literal, get_type_hints

import msgspec

from zkcompanion.app.settings import KernelKind
from zkcompanion.base.documents import read_document, write_document
from zkcompanion.base.errors import FileError, ResourceError, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs

VERSION = 1
FILE_NAME = "settings.json"
_MAX_BYTES = 1 << 18

Theme = Literal["system", "light", "dark", "high-contrast"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """All preferences with their defaults.

    `text_percent` scales text (80 to 200). `language` is "" for the system's, else a tag such as `en` or `zh-Hans`.
    `threads` 0 means as many as this process may use; `max_workers` 0, as many as there are logical cores.
    `keep_history`: whether finished proofs are remembered.
    """

    theme: Theme = "system"
    text_percent: Annotated[int, msgspec.Meta(ge=80, le=200)] = 100
    language: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?\Z")] = ""
    threads: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    kernels: KernelKind = "auto"
    constant_work: bool = False
    min_workers: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 2
    max_workers: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    keep_history: bool = True
    started_before: bool = False


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """Event: `before` became `after`."""

    before: Preferences
    after: Preferences


class PreferenceStore:
    """Reads once, writes at every change; a damaged file is set aside and `notice` says so.

    Safe to call from any thread. Events come in the order of the changes, in the thread that changed; a handler may
    change preferences itself, and must not wait for another thread that does.
    """

    def __init__(self, dirs: AppDirs, bus: EventBus) -> None:
        self._dirs = dirs
        self._bus = bus
        self._types = get_type_hints(Preferences, include_extras=True)
        self._changing = threading.RLock()
        self._found: Message | None = None  # what is said of the file that was read
        self._unsaved: Message | None = None  # why the last choice is not on the disk
        self._document: Mapping[str, object] = {}
        self._unread: set[str] = set()
        self._current = self._read()

    @property
    def current(self) -> Preferences:
        """As they are now."""
        return self._current

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file that was read, or of a choice that could not be written to it."""
        return self._unsaved or self._found

    def change(self, **changes: object) -> Preferences:
        """Set some of them, on disk too, before this returns. Raises: UsageError for a value that is none.

        Where the disk refuses, the choice holds until the program ends, and `notice` says so.
        """
        known = {name: self._checked(name, value) for name, value in changes.items()}
        with self._changing:
            before = self._current
            after = replace(before, **known)  # type: ignore[arg-type]
            if after == before:
                return before
            self._current = after
            self._unread -= known.keys()
            self._write()
            self._bus.publish(PreferencesChanged(before, after))
            return self._current

    def _checked(self, name: str, value: object) -> object:
        if name not in self._types:
            raise UsageError(msg("There is no setting named {name}.", name=ascii(name)[1:-1]))
        try:
            return msgspec.convert(value, self._types[name])
        except msgspec.ValidationError:
            raise UsageError(msg("This value does not fit the setting {name}.", name=name)) from None

    def _read(self) -> Preferences:
        try:
            path = self._dirs.config / FILE_NAME
        except FileError as error:
            self._found = _not_kept(error)
            return Preferences()
        found = read_document(path, max_bytes=_MAX_BYTES)
        self._found = found.notice
        self._document = found.data
        known: dict[str, object] = {}
        for one in fields(Preferences):
            if one.name in found.data:
                try:
                    known[one.name] = self._checked(one.name, found.data[one.name])
                except UsageError:
                    self._unread.add(one.name)
        if self._unread:
            self._found = msg(
                "Some settings in {file} could not be read, so their defaults are used: {names}.",
                file=FILE_NAME,
                names=", ".join(sorted(self._unread)),
            )
        return Preferences(**known)  # type: ignore[arg-type]

    def _write(self) -> None:
        """With the lock held; tells by `notice` what did not work."""
        version = self._document.get("version", VERSION)
        newer = isinstance(version, int) and version > VERSION
        data = {**self._document, "version": version if newer else VERSION, **asdict(self._current)}
        if newer:
            data |= {name: self._document[name] for name in self._unread}
        try:
            write_document(self._dirs.config / FILE_NAME, data)
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
        else:
            self._document = data
            self._unsaved = None


def _not_kept(error: FileError | ResourceError) -> Message:
    return msg("Your settings hold until the program ends, but cannot be saved: {why}", why=error.message)
