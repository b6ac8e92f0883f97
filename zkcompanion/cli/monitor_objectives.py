"""`monitor objectives`: how well proofs come out, against what is wanted of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zkcompanion.app.objective_words import (
    STANDINGS,
    attained,
    budget,
    burn,
    burns,
    excluded,
    standing,
    unknown,
    wanted,
    window,
)
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.cli.commands import Arguments, Command, Outcome

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.objective_service import Judgement, Objective, Period
    from zkcompanion.app.timing import RecordingTrace

_SCHEMA = "urn:zkcompanion:schema:monitor-objectives:1"


def objectives(app: Application, _arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Every objective, and how it stands."""
    found = {judged.objective.id: judged for judged in app.objectives.judged()}
    all_of_them = app.objectives.objectives()
    notice = app.objectives.notice
    data = {
        "unix_s": app.clock.unix_s(),
        "objectives": [_data(one, found.get(one.id)) for one in all_of_them],
    }
    lines = [line for one in all_of_them for line in _lines(one, found.get(one.id))]
    return Outcome(_SCHEMA, data, tuple(lines), warnings=() if notice is None else (notice,))


def _data(objective: Objective, judged: Judgement | None) -> dict[str, object]:
    return {
        "id": objective.id,
        "indicator": objective.indicator,
        "on": objective.on,
        "target": objective.target,
        "days": objective.days,
        "bound_s": objective.bound_s,
        "bound_times": objective.bound_times,
        "leaves_out": ["cancelled", "refused", *objective.exclusions],
        "state": "off" if judged is None else standing(judged),
        "judged": None if judged is None else _judged(judged),
    }


def _judged(judged: Judgement) -> dict[str, object]:
    return {
        "begin_unix_s": judged.begin_unix_s,
        "end_unix_s": judged.unix_s,
        "events": judged.events,
        "bad": judged.bad,
        "share": judged.share,
        "low": judged.low,
        "high": judged.high,
        "enough": judged.enough,
        "allowed": judged.allowed,
        "left": judged.left,
        "left_share": judged.left_share,
        "burns": [
            {"window_s": one.window_s, "events": one.events, "bad": one.bad, "rate": one.rate}
            for pair in judged.burns
            for one in (pair.long, pair.short)
        ],
        "alarms": [
            {
                "rate": pair.threshold,
                "long_s": pair.long.window_s,
                "short_s": pair.short.window_s,
                "burning": pair.burning,
            }
            for pair in judged.burns
        ],
        "worst": [
            {"begin_unix_s": one.begin_unix_s, "end_unix_s": one.end_unix_s, "events": one.events}
            for one in judged.worst
        ],
        "excluded": [{"kind": one.kind, "events": one.events, "seconds": one.seconds} for one in judged.excluded],
        "unknown": judged.unknown,
        "by_day": [_period(one) for one in judged.days],
        "by_month": [_period(one) for one in judged.months],
    }


def _period(one: Period) -> dict[str, object]:
    return {"name": one.name, "events": one.events, "bad": one.bad, "share": one.share}


def _lines(objective: Objective, judged: Judgement | None) -> Iterator[Message]:
    state = STANDINGS["off"] if judged is None else STANDINGS[standing(judged)]
    yield msg("{title}: {state}", title=objective.title, state=state)
    yield msg("  {wanted}", wanted=wanted(objective))
    if judged is None:
        return
    yield msg("  {attained}", attained=attained(judged))
    yield msg("  Error budget: {budget}", budget=budget(judged))
    if judged.events:
        for one in burns(judged):
            yield msg("  {window}: burns {burn}", window=window(one.window_s), burn=burn(one))
    if judged.worst:
        worst = judged.worst[0]
        yield msg_n(
            "  Worst incident: {n} bad proof",
            "  Worst incident: {n} bad proofs one after another",
            n=worst.events,
        )
    apart = unknown(judged)
    for line in (*(excluded(one) for one in judged.excluded), *(() if apart is None else (apart,))):
        yield msg("  Not counted: {what}", what=line)


COMMANDS = (
    Command(
        ("monitor", "objectives"),
        msg("Show how well proofs come out, against what is wanted of them."),
        objectives,
    ),
)
