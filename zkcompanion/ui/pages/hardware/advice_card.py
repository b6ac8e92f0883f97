"""One piece of advice: what kind it is, what it would do, what it unlocks, and how to go about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from zkcompanion.app.hardware_views import AdviceView, WorkloadView
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label, column, row, set_flag
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.tier_words import CONFIDENCES

Kind = Literal["setting", "memory", "processor", "disk", "prover"]
KINDS: dict[Kind, tuple[str, Message]] = {
    "setting": ("settings", msg("Setting, costs nothing")),
    "memory": ("memory", msg("Memory")),
    "processor": ("processor", msg("Processor")),
    "disk": ("disk", msg("Disk")),
    "prover": ("prove", msg("Another prover")),
}
#: So many are named; the rest are counted.
_NAMED = 3


class AdviceCard(Card):
    """`see(ids)` shows workloads in the table; `name` begins the object names of what is inside."""

    def __init__(
        self,
        context: WindowContext,
        advice: AdviceView,
        workloads: Mapping[str, WorkloadView],
        see: Callable[[tuple[str, ...]], object],
    ) -> None:
        super().__init__(spacing=Space.S)
        say, pixels = context.say, context.theme.pixels
        name = f"hardware-advice-{advice.id}"
        self.setObjectName(name)
        icon, kind = KINDS[advice.kind]
        words = column(
            Label(say(kind), "caption"),
            Label(say(advice.title), "strong"),
            Label(say(advice.effect)),
            spacing=pixels(Space.XS),
        )
        head = row(Icon(context.theme, icon, "accent", size=24), words, spacing=pixels(Space.M), top=True)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        unlocked = [workloads[one] for one in advice.unlocks if one in workloads]
        if unlocked:
            self.body.addWidget(_unlocks(context, unlocked, see, name))
        steps = Disclosure(context.theme, say(msg("How to do it")), name=f"{name}-steps")
        steps.button.setAccessibleDescription(say(advice.title))
        steps.body.addWidget(Label(say(advice.how), selectable=True))
        self.body.addWidget(steps)
        sure = CONFIDENCES[advice.confidence]
        self.body.addWidget(Label(say(msg("{word}: {meaning}", word=sure.text, meaning=sure.meaning)), "faint"))


def _unlocks(
    context: WindowContext, unlocked: list[WorkloadView], see: Callable[[tuple[str, ...]], object], name: str
) -> FlowRow:
    """The first few by name, each a way to its row, and one to all of them."""
    say = context.say
    count = msg_n("Better for {n} workload:", "Better for {n} workloads:", n=len(unlocked))
    line = FlowRow(context.theme, Label(say(count), "muted", wrap=False), spacing=Space.M)
    links: list[tuple[str, str, tuple[str, ...]]] = [
        (f"see-{workload.id}", say(workload.name), (workload.id,)) for workload in unlocked[:_NAMED]
    ]
    if len(unlocked) > 1:
        links.append(("see-all", say(msg("Show all of them")), tuple(workload.id for workload in unlocked)))
    for key, text, ids in links:
        link = Button(text, "link", name=f"{name}-{key}", clicked=partial(see, ids))
        set_flag(link, "flush", value=True)
        line.add(link)
    return line
