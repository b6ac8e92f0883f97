"""The deeds of the window: the one table of its keys, which finder, help and documentation show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zkcompanion.base.messages import msg
from zkcompanion.ui.page import Page
from zkcompanion.ui.shell.actions import Deed

if TYPE_CHECKING:
    from zkcompanion.ui.shell.main_window import MainWindow

_LEAST_PERCENT, _MOST_PERCENT, _STEP_PERCENT = 80, 200, 10


def window_deeds(window: MainWindow, pages: tuple[type[Page], ...]) -> tuple[Deed, ...]:
    """In the order of the help."""
    return (
        Deed("find", msg("Find anything"), window.open_finder, ("Ctrl+K", "Ctrl+F"), "search", listed=False),
        Deed("help", msg("Help for what has the keyboard"), window.toggle_help, ("F1",), "help"),
        *(
            Deed(f"go-{page.id}", page.title, _going(window, page.id), (f"Ctrl+{number}",), page.icon, listed=False)
            for number, page in enumerate(pages, start=1)
        ),
        Deed("next-part", msg("Next part of the window"), window.next_part, ("F6",), listed=False),
        Deed(
            "last-part",
            msg("Previous part of the window"),
            lambda: window.next_part(-1),
            ("Shift+F6",),
            listed=False,
            helped=False,
        ),
        Deed("larger", msg("Larger text"), _text(window, _STEP_PERCENT), ("Ctrl++", "Ctrl+="), words=(msg("Zoom"),)),
        Deed("smaller", msg("Smaller text"), _text(window, -_STEP_PERCENT), ("Ctrl+-",), words=(msg("Zoom"),)),
        Deed("usual", msg("Text at its usual size"), _text(window, None), ("Ctrl+0",), words=(msg("Zoom"),)),
        *_themes(window),
        Deed("quit", msg("Close the window"), window.close, ("Ctrl+Q",), "close"),
    )


def _going(window: MainWindow, page: str) -> Callable[[], object]:
    return lambda: window.go(page)


def _text(window: MainWindow, step: int | None) -> Callable[[], object]:
    def scaled(now: int) -> int:
        return 100 if step is None else min(max(now + step, _LEAST_PERCENT), _MOST_PERCENT)

    return lambda: window.scale_text(scaled)


def _themes(window: MainWindow) -> tuple[Deed, ...]:
    words = (msg("Theme"), msg("Colours"), msg("Appearance"))
    named = (
        ("light", msg("Use the light theme")),
        ("dark", msg("Use the dark theme")),
        ("high-contrast", msg("Use the high contrast theme")),
        ("system", msg("Use the theme of the system")),
    )
    return tuple(Deed(f"theme-{key}", title, _theme(window, key), words=words, helped=False) for key, title in named)


def _theme(window: MainWindow, key: str) -> Callable[[], object]:
    return lambda: window.change(theme=key)
