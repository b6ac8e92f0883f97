"""What the user chose for good: one declaration for each preference, one file, replaced whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zkcompanion.app.settings import KernelKind
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message
from zkcompanion.base.paths import AppDirs

Theme = Literal["system", "light", "dark", "high-contrast"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """All preferences with their defaults.

    `text_percent` scales text (80 to 200). `language` is "" for the system's, else a tag such as `en` or `zh-Hans`.
    `threads` 0 means as many as this process may use. `keep_history`: whether finished proofs are remembered.
    """

    theme: Theme = "system"
    text_percent: int = 100
    language: str = ""
    threads: int = 0
    kernels: KernelKind = "auto"
    constant_work: bool = False
    keep_history: bool = True
    started_before: bool = False


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """Event: `before` became `after`."""

    before: Preferences
    after: Preferences


class PreferenceStore:
    """Reads once, writes at every change; a damaged file is set aside and `notice` says so."""

    def __init__(self, dirs: AppDirs, bus: EventBus) -> None:
        raise NotImplementedError

    @property
    def current(self) -> Preferences:
        """As they are now."""
        raise NotImplementedError

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file that was read."""
        raise NotImplementedError

    def change(self, **changes: object) -> Preferences:
        """Set some of them, on disk too. Raises: UsageError for a value that is none."""
        raise NotImplementedError
