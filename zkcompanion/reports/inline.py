"""A picture of matplotlib's as a part of a page: no ids that two pictures share, colours that follow the page's theme,
and what a screen reader says in its place.
"""

from __future__ import annotations

import re
from html import escape

from zkcompanion.reports.palette import COLOURS

_DROPPED = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_IDS = re.compile(r'(\sid="|xlink:href="#|url\(#)')
_UNUSED_ID = re.compile(r'(<g) id="[^"]*"')
_STYLES = re.compile(r'style="[^"]*"')
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
#: Hundredths of a pixel are enough.
_PATH, _FINE = re.compile(r'd="[^"]*"'), re.compile(r"(\.\d\d)\d+")
_ROOT = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'viewBox="([0-9. ]+)"')
_NAMES = {pair[0]: name for name, pair in COLOURS.items()}


def inline(svg: str, id_: str, title: str, alt: str) -> str:
    """The `<svg>` element of a file that `pictures.svg` made; `title` and `alt` are put in as text."""
    body = _DROPPED.sub("", svg[svg.index("<svg") :])
    size = _SIZE.search(body)
    body = _UNUSED_ID.sub(r"\1", body)
    body = _IDS.sub(rf"\g<1>{id_}-", body)
    body = _STYLES.sub(lambda found: _COLOUR.sub(_variable, found[0]), body)
    body = _PATH.sub(lambda found: _FINE.sub(r"\1", found[0]).replace("\n", ""), body)
    root = (
        f'<svg class="picture" viewBox="{size[1] if size else "0 0 1 1"}" role="img" '
        f'aria-labelledby="{id_}-title {id_}-alt" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{id_}-title">{escape(title)}</title><desc id="{id_}-alt">{escape(alt)}</desc>'
    )
    return _ROOT.sub(lambda _: root, body, count=1).strip()


def _variable(found: re.Match[str]) -> str:
    name = _NAMES.get(found[0].lower())
    return found[0] if name is None else f"var(--{name})"
