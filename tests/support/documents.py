"""Reports to render: a small one with everything in it, and texts that mean harm."""

import math

from zkcompanion.base.messages import msg
from zkcompanion.reports.document import (
    Bar,
    BarChart,
    Column,
    Curve,
    Document,
    KeyFigure,
    Provenance,
    Section,
    ShareChart,
    Span,
    Table,
    TimeChart,
)

BEGIN, DAY = 1_790_000_000.0, 86_400.0

#: What a circuit's name or a path may be.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg><script>alert(1)</script>",
    "javascript:alert(1)",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202eevil\u2066\u200f",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\uff1d1+1",
    "a | b \\| c",
    "[click](http://x) ![i](http://x) `code` **bold** # head",
    "- item\n# head\r\n1. one",
    "<!-- --> <![CDATA[ ]]> &lt; &#x41;",
    "$\\frac{1}{0}$ %n {n} {0.__class__}",
    "_hidden",
    "<font color=red><para>",
    "half \ud800 pair",
    "\x00\x07\x7f",
    "x" * 5000,
    "",
)


def document(name="circuit", *, kind="performance"):
    """One day, with every kind of part; `name` stands wherever a text of somebody else's may."""
    step = DAY / 48
    moments = tuple(BEGIN + i * step for i in range(48) if not 20 <= i < 24)
    waves = tuple(40 + 30 * math.sin(i / 5) for i in range(len(moments)))
    one = Curve("one", msg("Processor"), moments, waves, step, tuple(x - 5 for x in waves), tuple(x + 5 for x in waves))
    two = Curve("two", name, moments, tuple(x / 2 for x in waves), step)
    rows = tuple((BEGIN + i * 60.0, name, 0.5 * i, 3.0 * i, None) for i in range(4))
    section = Section(
        "proofs",
        msg("Proofs of {name}", name=name),
        (msg("What was proved."), name),
        (
            KeyFigure("median", msg("Median"), 1.25, "seconds", msg("Half took at most this.")),
            KeyFigure("unknown", name, None, "bytes", name, "bad"),
        ),
        (
            TimeChart(
                "processor", msg("Processor"), "percent", (one, two), (Span(BEGIN + 9e3, BEGIN + 2e4, name, "bad"),)
            ),
            TimeChart("stack", name, "bytes", (two, one), stacked=True),
            TimeChart("nothing", msg("Swap"), "bytes", ()),
        ),
        (BarChart("peaks", name, "bytes", (Bar(name, 3e9, 2e9, 4e9), Bar("other", 1e9))),),
        (ShareChart("parts", name, "bytes", (Bar(name, 3e9), Bar("rest", 1e7))),),
        (
            Table(
                "slow",
                name,
                (
                    Column("end", msg("When"), "time"),
                    Column("circuit", name),
                    Column("seconds", msg("Took"), "seconds"),
                    Column("times", msg("Of the usual"), "share"),
                    Column("why", msg("Why")),
                ),
                rows,
                msg("None."),
                left_out=3,
            ),
            Table("none", msg("Failures"), (Column("what", msg("What")),), (), name),
        ),
        (name,),
    )
    made = Provenance("ZK Companion", "0.1.0", BEGIN + DAY, ((msg("Processor"), name),))
    gap = Span(moments[19] + step, moments[20], name)
    return Document(
        kind, msg("Report on {name}", name=name), BEGIN, BEGIN + DAY, (name,), (section,), made, (gap,), (name,)
    )
