"""Settings: the cache, what it holds and saves, how much it may take, and how to be rid of it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent

from zkcompanion.app.cache_service import CALCULATORS, KERNELS, KEYS, NAMES, SYSTEMS, CacheView, ClearedView, KindView
from zkcompanion.app.preferences import LEAST_BYTES, LEAST_ENTRIES, MOST_BYTES, MOST_ENTRIES, Preferences
from zkcompanion.base.errors import CompanionError, UsageError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_duration, format_size, parse_size
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.widgets.basic import KeyValues
from zkcompanion.ui.widgets.confirm import ConfirmButton
from zkcompanion.ui.widgets.typed_field import TypedField

#: Other processes use it too, so it is looked at as long as the section is in sight.
_LOOK_MS = 1000
_KINDS = (
    (KERNELS, msg("Kernels")),
    (CALCULATORS, msg("Witness programs")),
    (KEYS, msg("Keys")),
    (SYSTEMS, msg("Constraints")),
    (NAMES, msg("Names of signals")),
)
_FACTS = (
    ("size", msg("Size")),
    ("entries", msg("Entries")),
    ("found", msg("Found when looked for")),
    ("saved", msg("Time saved")),
    ("gone", msg("Removed by itself")),
)


class CacheSection(Section):
    """What the cache holds, what it saved, its limits, and clearing it."""

    id = "cache"
    title = msg("Cache")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._asking = False
        self._facts = KeyValues(((key, say(title), "") for key, title in _FACTS), name="settings-cache-facts")
        self._kinds = KeyValues(((kind, say(title), "") for kind, title in _KINDS), name="settings-cache-kinds")
        self._clear = ConfirmButton(
            say(msg("Clear")), say(msg("Clear")), say(msg("Keep")), name="settings-clear-cache", confirmed=self._cleared
        )
        self._clear.set_enabled(False)  # until it is counted what there is
        self._bytes = TypedField(
            context,
            "settings-cache-bytes",
            read=_read_bytes,
            shown=format_size,
            chosen=lambda value: self.change(cache_bytes=value),
        )
        self._entries = TypedField(
            context,
            "settings-cache-entries",
            read=_read_entries,
            shown=str,
            chosen=lambda value: self.change(cache_entries=value),
        )
        self.add_group(
            None,
            SettingRow(
                context,
                "cache-use",
                msg("What is kept so that it need not be made again"),
                msg("Compiled code and prepared circuits, for every process of this program. Never inputs or proofs."),
                self._facts,
                wide=True,
            ),
            SettingRow(
                context,
                "cache-kinds",
                msg("By kind"),
                msg("Compiled for this processor, or read and put in order. All sealed by a key of this computer."),
                self._kinds,
                wide=True,
            ),
            SettingRow(
                context,
                "cache-clear",
                msg("Clear the cache"),
                msg("Without it the next start compiles again, which takes some seconds."),
                self._clear,
            ),
        )
        self.add_group(
            msg("How much it may take"),
            SettingRow(
                context,
                "cache-bytes",
                msg("Room on the disk"),
                msg("What was not used for the longest time makes room for what is new."),
                self._bytes,
                focus=self._bytes.line,
            ),
            SettingRow(
                context,
                "cache-entries",
                msg("Number of entries"),
                msg("The kernels alone are about 10; each circuit has up to 4."),
                self._entries,
                focus=self._entries.line,
            ),
        )
        self.add_stretch()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def show_preferences(self, preferences: Preferences) -> None:
        """Let the controls say what holds."""
        self._bytes.show_value(preferences.cache_bytes)
        self._entries.show_value(preferences.cache_entries)

    def leave(self) -> None:
        """Ask nothing any more."""
        self._clear.forget()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once, and again as long as it is in sight."""
        super().showEvent(event)
        self._look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._timer.stop()

    def _look(self) -> None:
        if not self._asking:
            self._asking = True
            run_task(self, self.context.desk.cache.view, self._show, self._not_there)

    def _show(self, view: CacheView) -> None:
        self._asking = False
        say, total = self.context.say, view.total
        size, entries = format_size(total.size_bytes), format_count(total.entries)
        most = msg("{size} of {most}", size=size, most=format_size(view.max_bytes))
        self._facts.set_value("size", say(most))
        self._facts.set_value(
            "entries", say(msg("{count} of {most}", count=entries, most=format_count(view.max_entries)))
        )
        self._facts.set_value("found", say(_found(total)))
        self._facts.set_value("saved", format_duration(total.saved_s))
        gone = msg(
            "{evicted} to make room, {damaged} damaged",
            evicted=format_count(total.evicted),
            damaged=format_count(total.damaged),
        )
        self._facts.set_value("gone", say(gone))
        for kind in view.kinds:
            if kind.kind in {key for key, _ in _KINDS}:
                self._kinds.set_value(kind.kind, say(_kind(kind)))
        self._clear.set_yes(say(msg("Clear {size}", size=size)))
        self._clear.set_enabled(total.entries > 0)

    def _not_there(self, error: CompanionError) -> None:
        """Said where the figures would stand, not each second again as a notice."""
        self._asking = False
        self._facts.set_value("size", self.context.say(error.message))
        self._clear.set_enabled(False)

    def _cleared(self) -> None:
        def done(view: ClearedView) -> None:
            freed = msg("{size} freed.", size=format_size(view.size_bytes))
            self.context.shell.notify(Notice("good", freed, key="settings-cleared"))
            self._look()

        run_task(self, self.context.desk.cache.clear, done, self.context.shell.show_error)


def _found(kind: KindView) -> Message:
    if kind.hit_rate is None:
        return msg("not looked for yet")
    asked = kind.hits + kind.misses
    return msg_n(
        # Translators: a share, "98 % of 260 times"
        "{share} of {n} time",
        "{share} of {count} times",
        n=asked,
        share=f"{round(100 * kind.hit_rate)}\N{NO-BREAK SPACE}%",
        count=format_count(asked),
    )


def _kind(kind: KindView) -> Message:
    entries = msg_n("{n} entry", "{count} entries", n=kind.entries, count=format_count(kind.entries))
    if kind.hit_rate is None:
        return msg("{entries}, {size}", entries=entries, size=format_size(kind.size_bytes))
    if not kind.saved_s:
        size = format_size(kind.size_bytes)
        return msg("{entries}, {size}; found {found}", entries=entries, size=size, found=_found(kind))
    return msg(
        "{entries}, {size}; found {found}; {saved} saved",
        entries=entries,
        size=format_size(kind.size_bytes),
        found=_found(kind),
        saved=format_duration(kind.saved_s),
    )


def _read_bytes(text: str) -> int:
    value = parse_size(text)
    if not LEAST_BYTES <= value <= MOST_BYTES:
        raise UsageError(msg("From {least} to {most}.", least=format_size(LEAST_BYTES), most=format_size(MOST_BYTES)))
    return value


def _read_entries(text: str) -> int:
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) < 10 and LEAST_ENTRIES <= int(digits) <= MOST_ENTRIES:
        return int(digits)
    raise UsageError(msg("A whole number from {least} to {most}.", least=str(LEAST_ENTRIES), most=str(MOST_ENTRIES)))
