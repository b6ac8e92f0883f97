"""What an objective stands at, in sentences; the same for the window, the command line and reports."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, log10
from typing import Literal

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.monitoring.objectives import DAY_S, ENOUGH, Burn, Excluded, Judgement, Objective, Period

#: `burning`: still met, but not for long at this rate.
Standing = Literal["met", "burning", "missed", "few", "off"]

STANDINGS: dict[Standing, Message] = {
    "met": msg("Met"),
    "burning": msg("Budget burns"),
    "missed": msg("Missed"),
    "few": msg("Not enough data"),
    "off": msg("Off"),
}


def standing(judged: Judgement) -> Standing:
    """In one word."""
    if judged.met is None:
        return "few"
    if not judged.met:
        return "missed"
    return "burning" if judged.burning else "met"


def percent(share: float) -> str:
    """A share with as many digits as tell it from all and from nothing: `99.2 %`, `99.984 %`, `100 %`."""
    value = 100 * share
    rest = min(value, 100 - value)
    digits = 1 if rest >= 1 or rest <= 0 else min(6, 1 + ceil(-log10(rest)))
    return f"{f'{value:.{digits}f}'.rstrip('0').rstrip('.')}\N{NO-BREAK SPACE}%"


def wanted(objective: Objective) -> Message:
    """What it asks for."""
    days = msg_n("{n} day", "{n} days", n=objective.days)
    share = percent(objective.target)
    if objective.indicator != "fast":
        return msg("At least {share} within {days}", share=share, days=days)
    if objective.bound_times is not None:
        return msg(
            "At least {share} within {days}: no more than {times} times the usual time of the circuit",
            share=share,
            days=days,
            times=f"{objective.bound_times:g}",
        )
    bound = format_duration(objective.bound_s or 0.0)
    return msg("At least {share} within {days}: no more than {bound}", share=share, days=days, bound=bound)


def attained(judged: Judgement) -> Message:
    """`99.2 % of 1,250 proofs, between 98.5 % and 99.6 %`; below 30 proofs only what was counted."""
    if judged.share is None or judged.low is None or judged.high is None:
        return msg("No proof has counted yet.")
    good = judged.events - judged.bad
    if not judged.enough:
        return msg_n(
            "{good} of {n} proof: not enough data, {least} are needed",
            "{good} of {n} proofs: not enough data, {least} are needed",
            n=judged.events,
            good=good,
            least=ENOUGH,
        )
    return msg(
        "{share} of {events} proofs, between {low} and {high}",
        share=percent(judged.share),
        events=format_count(judged.events),
        low=percent(judged.low),
        high=percent(judged.high),
    )


def budget(judged: Judgement) -> Message:
    """What is left of the bad proofs that there is room for."""
    if judged.left_share is None:
        return msg("begins with the first proof")
    allowed = _events(judged.allowed)
    if judged.left_share < 0:
        return msg("overspent ({bad} bad, room for {allowed})", bad=format_count(judged.bad), allowed=allowed)
    return msg(
        "{share} left ({bad} bad, room for {allowed})",
        share=percent(judged.left_share),
        bad=format_count(judged.bad),
        allowed=allowed,
    )


def burn(one: Burn) -> Message:
    """How fast the budget burned in a window: `1.4 times as fast as it may (144 of 1,000 proofs were bad)`."""
    if one.rate is None:
        return msg("no proofs")
    if not one.bad:
        count = format_count(one.events)
        return msg_n("not at all ({n} proof)", "not at all ({count} proofs)", n=one.events, count=count)
    return msg_n(
        "{rate} times as fast as it may ({bad} of {n} proof was bad)",
        "{rate} times as fast as it may ({bad} of {count} proofs were bad)",
        n=one.events,
        rate=f"{one.rate:.3g}",
        bad=format_count(one.bad),
        count=format_count(one.events),
    )


def window(seconds: float) -> Message:
    """A window of time."""
    if seconds >= DAY_S:
        return msg_n("Last {n} day", "Last {n} days", n=round(seconds / DAY_S))
    if seconds >= 3600:
        return msg_n("Last hour", "Last {n} hours", n=round(seconds / 3600))
    return msg_n("Last minute", "Last {n} minutes", n=round(seconds / 60))


def of_month(one: Period) -> Message:
    """What was attained in a month (or a day) that had proofs: `99.2 % of 1,250 proofs`."""
    return msg_n(
        "{share} of {n} proof",
        "{share} of {count} proofs",
        n=one.events,
        share=percent(one.share or 0.0),
        count=format_count(one.events),
    )


def excluded(one: Excluded) -> Message:
    """What did not count, and how long it took."""
    return msg("{what}, {duration}", what=_what(one), duration=format_duration(one.seconds))


def _what(one: Excluded) -> Message:
    n, count = one.events, format_count(one.events)
    match one.kind:
        case "cancelled":
            return msg_n("{n} proof that you cancelled", "{count} proofs that you cancelled", n=n, count=count)
        case "refused":
            return msg_n(
                "{n} proof whose inputs or files did not fit",
                "{count} proofs whose inputs or files did not fit",
                n=n,
                count=count,
            )
        case "asleep":
            return msg_n(
                "{n} proof during which the computer slept",
                "{count} proofs during which the computer slept",
                n=n,
                count=count,
            )
        case _:
            return msg_n("{n} proof on battery", "{count} proofs on battery", n=n, count=count)


def unknown(judged: Judgement) -> Message | None:
    """Proofs that could not be judged; None where there are none."""
    if not judged.unknown:
        return None
    return msg_n(
        "{n} proof whose usual time is not known yet",
        "{count} proofs whose usual time is not known yet",
        n=judged.unknown,
        count=format_count(judged.unknown),
    )


def burns(judged: Judgement) -> Iterable[Burn]:
    """The windows that people are told of: the long ones, shortest first."""
    return (pair.long for pair in judged.burns)


def _events(count: float) -> str:
    """A count that need not be whole: `12.5`, `1,250`."""
    return format_count(round(count)) if count >= 100 or count == round(count) else f"{count:.3g}"
