"""Languages made on the fly, compiled by Babel as those of the program are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo

Entries = Mapping[str | tuple[str, str], str | tuple[str, ...]]


def make_language(folder: Path, tag: str, entries: Entries, *, locale: str | None = None) -> Path:
    """`folder/TAG/LC_MESSAGES/zkcompanion.mo`; `locale` names the rule for plurals."""
    catalog = Catalog(locale=locale or tag.replace("-", "_"), fuzzy=False)
    for template, text in entries.items():
        catalog.add(template, text)
    out = io.BytesIO()
    write_mo(out, catalog)
    path = folder / tag / "LC_MESSAGES" / "zkcompanion.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(out.getvalue())
    return path
