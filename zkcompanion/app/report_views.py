"""What is ordered of reports, how far one is, and what is kept of them, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zkcompanion.base.messages import Message, msg
from zkcompanion.reports.forms import FORMS, FormName

__all__ = [
    "FORM_TITLES",
    "KINDS",
    "SCHEDULES",
    "FormName",
    "KeptReport",
    "ReportKind",
    "ReportMade",
    "ReportOrder",
    "ReportProgress",
    "ReportsChanged",
]

ReportKind = Literal["performance", "memory"]
#: Kinds and what people call them.
KINDS: dict[ReportKind, Message] = {"performance": msg("Performance"), "memory": msg("Memory")}
FORM_TITLES: dict[FormName, Message] = {
    "html": msg("Web page (HTML)"),
    "pdf": msg("PDF"),
    "md": msg("Markdown"),
    "csv": msg("Tables (CSV)"),
    "json": msg("For programs (JSON)"),
}
#: When the calendar asks for reports: the preference, and what people call it.
SCHEDULES: tuple[tuple[str, Message], ...] = (
    ("off", msg("Never")),
    ("daily", msg("Every day")),
    ("weekly", msg("Every week")),
    ("monthly", msg("Every month")),
)
assert set(FORM_TITLES) == set(FORMS)


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report about `begin_unix_s` to `end_unix_s`, into files in `folder`; None: kept with the program's data.

    `scheduled`: the period that the schedule made it for (`daily 2026-11-25`); "" where somebody asked for it.
    """

    kind: ReportKind
    begin_unix_s: float
    end_unix_s: float
    forms: tuple[FormName, ...]
    folder: Path | None = None
    scheduled: str = ""


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """Event: how far a report is. `done` of `steps`; `step` is what is done now."""

    number: int
    step: Message
    done: int
    steps: int


@dataclass(frozen=True, slots=True)
class ReportMade:
    """A report that is on the disk. `seconds`: from the order to the last file."""

    order: ReportOrder
    files: tuple[Path, ...]
    size_bytes: int
    seconds: float
    kept: str = ""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report among the program's data: `id` names it, `files` by form."""

    id: str
    kind: ReportKind
    begin_unix_s: float
    end_unix_s: float
    made_unix_s: float
    scheduled: str
    files: tuple[tuple[FormName, Path], ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReportsChanged:
    """Event: a kept report was added or removed. `made`: the one that the schedule just made, if that was it."""

    made: KeptReport | None = None
