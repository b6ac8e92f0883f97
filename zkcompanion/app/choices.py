"""The preferences for a face without a window: what there is, what it is set to, and changing it by text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from zkcompanion.app.desk import cache_limits_of
from zkcompanion.app.preferences import Preferences, PreferenceStore
from zkcompanion.base.errors import ResourceError, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Limits
from zkcompanion.base.units import parse_size

Value = bool | int | str
#: What the program notes for itself.
_NOT_CHOSEN = {"started_before"}
_WORDS = {True: "on", False: "off"}
_BYTES = "_bytes"


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One preference. `choices`: all that it may be, where these are few; `least`, `most`: its bounds, where it has."""

    name: str
    value: Value
    default: Value
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    @property
    def text(self) -> str:
        """The value as `change` takes it."""
        return text_of(self.value)


@dataclass(frozen=True, slots=True)
class ChangedView:
    """What was set, and the cache's limits where they are others now."""

    choices: tuple[ChoiceView, ...]
    limits: Limits | None


def text_of(value: Value) -> str:
    """As it is typed: `on`, `off`, a number, or a word."""
    return _WORDS[value] if isinstance(value, bool) else str(value)


def choices(dirs: AppDirs) -> tuple[ChoiceView, ...]:
    """All of them, in the order in which they are declared."""
    store = PreferenceStore(dirs, EventBus(), writes=False)
    try:
        return tuple(_views(store.current))
    finally:
        store.close()


def change(dirs: AppDirs, wanted: dict[str, str]) -> ChangedView:
    """Set preferences by name and text; all or none. Raises: UsageError, ResourceError where it cannot be kept."""
    return _keep(dirs, {name: _parsed(name, text) for name, text in wanted.items()})


def reset(dirs: AppDirs, names: tuple[str, ...]) -> ChangedView:
    """Back to the defaults; without names, all of them. Raises: as `change`."""
    defaults = {view.name: view.default for view in _views(Preferences())}
    for name in names:
        _known(name)
    return _keep(dirs, {name: defaults[name] for name in names or defaults})


def _keep(dirs: AppDirs, wanted: dict[str, Value]) -> ChangedView:
    store = PreferenceStore(dirs, EventBus())
    try:
        before = store.current
        after = store.change(**wanted)
        if store.unsaved is not None:
            raise ResourceError(
                msg("The settings cannot be saved now: {why}", why=store.unsaved),
                hint=msg("Where the window is open, change them there, or close it first."),
            )
    finally:
        store.close()
    limits = cache_limits_of(after)
    return ChangedView(
        tuple(view for view in _views(after) if view.name in wanted),
        limits if limits != cache_limits_of(before) else None,
    )


def _parsed(name: str, text: str) -> Value:
    """Raises: UsageError for a name or a text that is none; bounds are seen to where it is kept."""
    kind, _ = _parts(_known(name))
    if kind is bool:
        for value, word in _WORDS.items():
            if text.lower() == word:
                return value
        raise UsageError(msg("{name} is on or off.", name=name))
    if kind is int:
        if text.isascii() and text.isdigit() and len(text) < 20:
            return int(text)
        if name.endswith(_BYTES):
            return parse_size(text)
        raise UsageError(msg("{name} takes a whole number.", name=name))
    return text


def _known(name: str) -> Any:
    hints = _hints()
    if name not in hints:
        raise UsageError(
            msg("There is no setting named {name}.", name=name), hint=msg("zkcompanion settings list names them.")
        )
    return hints[name]


def _hints() -> dict[str, Any]:
    return {
        name: hint for name, hint in get_type_hints(Preferences, include_extras=True).items() if name not in _NOT_CHOSEN
    }


def _parts(hint: Any) -> tuple[Any, msgspec.Meta | None]:
    if get_origin(hint) is Annotated:
        kind, meta = get_args(hint)
        return kind, meta
    return hint, None


def _views(current: Preferences) -> Iterator[ChoiceView]:
    defaults = Preferences()
    hints = _hints()
    for one in fields(Preferences):
        if one.name not in hints:
            continue
        kind, meta = _parts(hints[one.name])
        few = get_args(kind) if get_origin(kind) is Literal else tuple(_WORDS.values()) if kind is bool else ()
        bounds = (meta.ge, meta.le) if meta is not None else (None, None)
        least, most = (None if bound is None else int(bound) for bound in bounds)
        yield ChoiceView(one.name, getattr(current, one.name), getattr(defaults, one.name), few, least, most)
