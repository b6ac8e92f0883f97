"""The forms in which a report can be had; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import msg

if TYPE_CHECKING:
    from zkcompanion.reports.document import Document
    from zkcompanion.reports.words import Words

FormName = Literal["html", "pdf", "md", "csv", "json"]


@dataclass(frozen=True, slots=True)
class Form:
    """`suffix` of its files, with the dot. `render` gives the file."""

    name: FormName
    suffix: str
    render: Callable[[Document, Words], bytes]


def _html(document: Document, words: Words) -> bytes:
    from zkcompanion.reports.webpage import webpage

    return webpage(document, words)


def _pdf(document: Document, words: Words) -> bytes:
    from zkcompanion.reports.pdf import pdf

    return pdf(document, words)


def _markdown(document: Document, words: Words) -> bytes:
    from zkcompanion.reports.markdown import markdown

    return markdown(document, words)


def _csv(document: Document, words: Words) -> bytes:
    from zkcompanion.reports.tabular import archive

    return archive(document, words)


def _json(document: Document, words: Words) -> bytes:
    from zkcompanion.reports.jsonform import as_json

    return as_json(document, words)


#: In the order in which they are offered.
FORMS: Mapping[FormName, Form] = {
    form.name: form
    for form in (
        Form("html", ".html", _html),
        Form("pdf", ".pdf", _pdf),
        Form("md", ".md", _markdown),
        Form("csv", ".csv.zip", _csv),
        Form("json", ".json", _json),
    )
}


def render(document: Document, form: FormName, words: Words) -> bytes:
    """The file of a report. Raises: BugError for a document that does not fit together."""
    problems = document.problems()
    if problems:
        raise BugError(msg("A report does not fit together: {why}.", why="; ".join(problems)))
    return FORMS[form].render(document, words)
