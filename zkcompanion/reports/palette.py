"""The colours of reports, light and dark: the window's own, which reports may not import; a test compares them."""

from __future__ import annotations

from collections.abc import Mapping

#: Name -> (light, dark). No two light ones are equal, so that a picture's colours can be told apart again.
COLOURS: Mapping[str, tuple[str, str]] = {
    "surface": ("#ffffff", "#1b1e24"),
    "window": ("#f6f7f9", "#14161a"),
    "text": ("#16191d", "#eceff4"),
    "muted": ("#565e6c", "#a9b2c0"),
    "hairline": ("#e3e6eb", "#2e333d"),
    "good": ("#267f39", "#69db7c"),
    "caution": ("#ad5800", "#ffc078"),
    "bad": ("#c92a2a", "#ff8787"),
    "info": ("#1971c2", "#74c0fc"),
    "series-0": ("#3b5bdb", "#748ffc"),
    "series-1": ("#e8590c", "#ff922b"),
    "series-2": ("#0b7285", "#3bc9db"),
    "series-3": ("#9c36b5", "#da77f2"),
    "series-4": ("#5c940d", "#a9e34b"),
    "series-5": ("#a61e4d", "#f783ac"),
}
SERIES = 6


def light(name: str) -> str:
    """`#rrggbb`."""
    return COLOURS[name][0]


def series(number: int) -> str:
    """The colour of the n-th series, from 0; they begin again after the last."""
    return light(f"series-{number % SERIES}")
