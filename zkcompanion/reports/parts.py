"""What every form of a report has: tables of when nothing was measured and of what made it, and a few sentences."""

from __future__ import annotations

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count
from zkcompanion.reports.document import Cell, Column, Document, Table
from zkcompanion.reports.words import Words

NOTHING_MEASURED = msg("Nothing of this was measured in the period.")


def left_out(count: int) -> Message:
    """That a table has more rows."""
    return msg_n("{n} more row is not shown.", "{count} more rows are not shown.", n=count, count=format_count(count))


def gaps_table(document: Document) -> Table | None:
    """When nothing was measured; None where there was no such time."""
    if not document.gaps:
        return None
    return Table(
        "gaps",
        msg("When nothing was measured"),
        (
            Column("begin", msg("From"), "time"),
            Column("end", msg("To"), "time"),
            Column("seconds", msg("How long"), "seconds"),
            Column("why", msg("Why")),
        ),
        tuple((gap.begin_unix_s, gap.end_unix_s, gap.end_unix_s - gap.begin_unix_s, gap.text) for gap in document.gaps),
        NOTHING_MEASURED,
    )


def provenance_table(document: Document, words: Words) -> Table:
    """What made the report, when, on which machine."""
    made = document.provenance
    rows: list[tuple[Cell, ...]] = [
        (msg("Program"), f"{made.program} {made.version}"),
        (msg("Made"), words.date(made.made_unix_s)),
        (msg("Period"), words.period(document.begin_unix_s, document.end_unix_s)),
        *made.machine,
    ]
    columns = (Column("what", msg("What")), Column("value", msg("Value")))
    return Table("provenance", msg("About this report"), columns, tuple(rows), NOTHING_MEASURED)
