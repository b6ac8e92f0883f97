"""How often a warning of the environment was there, for how long, and what it cost in proving time.

A proof that was made while a warning was open is compared with one of the same circuit, kernels and threads that was
made while none was: a pair, each of them in one pair only, the nearest in time first. The cost is the median of the
pairs' ratios, with the interval of the sign test. It says what went together, not what caused it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from zkcompanion.app.monitor_views import AlertView, Severity
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration
from zkcompanion.monitoring.intervals import median_ranks
from zkcompanion.monitoring.runs import RunRecord

#: With fewer pairs no interval at 95 % holds (`median_ranks`).
LEAST_PAIRS = 6
DAY_S = 86400.0
#: Proofs of one circuit that are compared at the most, the last ones.
_MOST = 5000


@dataclass(frozen=True, slots=True)
class CostView:
    """What a warning cost: proofs took `ratio` times as long, `low` to `high` at 95 %, None where there are too few
    pairs; `lost_s`: by that, of the proofs that were made while it was there. `mixed`: pairs in which another warning
    was there too.
    """

    proofs: int
    pairs: int
    mixed: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    lost_s: float | None = None


@dataclass(frozen=True, slots=True)
class WarningView:
    """A rule's warnings between two dates: how often, and for how many seconds of the time between them."""

    rule: str
    title: Message
    severity: Severity
    times: int
    seconds: float
    share: float
    open: bool
    standing: bool
    cost: CostView

    @property
    def sentence(self) -> Message:
        """What it cost, for people."""
        cost = self.cost
        if self.standing:
            return msg("It is there all the time, so there is nothing to compare proofs with.")
        if cost.proofs == 0:
            return msg("No proof was made meanwhile.")
        if cost.ratio is None or cost.low is None or cost.high is None:
            return msg_n(
                "Not enough data: {n} pair of like proofs with and without it; {least} are needed.",
                "Not enough data: {n} pairs of like proofs with and without it; {least} are needed.",
                n=cost.pairs,
                least=LEAST_PAIRS,
            )
        parts: dict[str, object] = {
            "ratio": f"{cost.ratio:.2f}",
            "low": f"{cost.low:.2f}",
            "high": f"{cost.high:.2f}",
            "pairs": cost.pairs,
        }
        if cost.low <= 1 <= cost.high:
            return msg(
                "No cost can be told: proofs took {ratio} times as long ({low} to {high}, {pairs} pairs).", **parts
            )
        if cost.high < 1:
            return msg("Proofs took no longer: {ratio} times as long ({low} to {high}, {pairs} pairs).", **parts)
        return msg(
            "Proofs took {ratio} times as long ({low} to {high}, {pairs} pairs): about {lost} in all.",
            lost=format_duration(cost.lost_s or 0.0),
            **parts,
        )

    @property
    def caution(self) -> Message | None:
        """What has to be known beside it."""
        if self.cost.ratio is None or not self.cost.mixed:
            return None
        return msg_n(
            "In {n} of the pairs another warning was there too.",
            "In {n} of the pairs other warnings were there too.",
            n=self.cost.mixed,
        )


@dataclass(frozen=True, slots=True)
class _Proof:
    begin_s: float
    end_s: float
    seconds: float


#: Circuit, kernels, threads.
_Like = tuple[str, str, int]


class _Spans:
    """Stretches of time that do not overlap, in order; what ends before it begins lasts no time."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        merged: list[tuple[float, float]] = []
        for begin_s, end_s in sorted(span for span in spans if span[0] <= span[1]):
            if merged and begin_s <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(merged[-1][1], end_s)
            else:
                merged.append((begin_s, end_s))
        self._begins = [begin_s for begin_s, _ in merged]
        self._ends = [end_s for _, end_s in merged]

    @property
    def seconds(self) -> float:
        return sum(self._ends) - sum(self._begins)

    def within(self, begin_s: float, end_s: float) -> float:
        """Seconds of them between two dates."""
        total = 0.0
        for place in range(bisect_right(self._ends, begin_s), bisect_left(self._begins, end_s)):
            total += min(end_s, self._ends[place]) - max(begin_s, self._begins[place])
        return total


def warning_costs(
    alerts: Iterable[AlertView], runs: Iterable[RunRecord], begin_unix_s: float, end_unix_s: float
) -> tuple[WarningView, ...]:
    """The warnings of the environment between two dates, what cost most first, then what lasted longest.

    Alerts that are open last until the second date. Proofs from before the first date are there to be compared with.
    """
    of_rule: defaultdict[str, list[AlertView]] = defaultdict(list)
    touching: list[AlertView] = []
    for alert in alerts:
        if not alert.environment or alert.begin_unix_s > end_unix_s:
            continue
        if not alert.standing:
            touching.append(alert)
        if (end_unix_s if alert.end_unix_s is None else alert.end_unix_s) >= begin_unix_s:
            of_rule[alert.rule].append(alert)
    spans = {rule: _Spans(_clipped(some, begin_unix_s, end_unix_s)) for rule, some in of_rule.items()}
    passing = [rule for rule, some in of_rule.items() if not some[0].standing]
    # those before the first date too: proofs from then are there to be compared with
    around = _Spans(_clipped(touching, -math.inf, end_unix_s))
    calm, during = _sorted_out(runs, around, {rule: spans[rule] for rule in passing}, end_unix_s)
    found = []
    for rule, some in of_rule.items():
        newest = max(some, key=lambda one: one.begin_unix_s)
        seconds = spans[rule].seconds
        found.append(
            WarningView(
                rule=rule,
                title=newest.title,
                severity=newest.severity,
                times=len(some),
                seconds=seconds,
                share=seconds / max(end_unix_s - begin_unix_s, 1e-9),
                open=any(one.state == "open" for one in some),
                standing=newest.standing,
                cost=_cost(during.get(rule, {}), calm, [spans[one] for one in passing if one != rule]),
            )
        )
    return tuple(sorted(found, key=lambda one: (-(one.cost.lost_s or 0.0), -one.seconds, one.rule)))


def _clipped(alerts: Iterable[AlertView], begin_s: float, end_s: float) -> list[tuple[float, float]]:
    return [
        (max(one.begin_unix_s, begin_s), min(end_s, end_s if one.end_unix_s is None else one.end_unix_s))
        for one in alerts
    ]


def _sorted_out(
    runs: Iterable[RunRecord], around: _Spans, spans: Mapping[str, _Spans], end_s: float
) -> tuple[dict[_Like, list[_Proof]], dict[str, dict[_Like, list[_Proof]]]]:
    """Whole, verified proofs: those that no warning touched, and of each rule those that it lasted half of or more."""
    calm: defaultdict[_Like, list[_Proof]] = defaultdict(list)
    during: dict[str, defaultdict[_Like, list[_Proof]]] = {rule: defaultdict(list) for rule in spans}
    for run in runs:
        like = (run.fingerprint, run.kernels, run.threads)
        if not run.fingerprint or run.asleep_s:
            continue
        for one in run.proofs:
            if one.verdict != "verified" or not one.seconds or one.lost or one.end_unix_s > end_s:
                continue
            proof = _Proof(one.end_unix_s - one.seconds, one.end_unix_s, one.seconds)
            if around.within(proof.begin_s, proof.end_s) == 0.0:
                calm[like].append(proof)
                continue
            for rule, lasting in spans.items():
                if lasting.within(proof.begin_s, proof.end_s) >= proof.seconds / 2:
                    during[rule][like].append(proof)
    return dict(calm), {rule: dict(found) for rule, found in during.items()}


def _cost(
    during: Mapping[_Like, Sequence[_Proof]], calm: Mapping[_Like, Sequence[_Proof]], others: Sequence[_Spans]
) -> CostView:
    ratios: list[float] = []
    mixed = 0
    for like, proofs in during.items():
        for proof, without in _pairs(proofs, calm.get(like, ())):
            ratios.append(proof.seconds / without.seconds)
            mixed += any(spans.within(proof.begin_s, proof.end_s) > 0.0 for spans in others)
    made = [proof.seconds for proofs in during.values() for proof in proofs]
    ranks = median_ranks(len(ratios))
    if ranks is None:
        return CostView(len(made), len(ratios), mixed)
    ordered = sorted(ratios)
    ratio, low, high = median(ordered), ordered[ranks[0] - 1], ordered[ranks[1] - 1]
    return CostView(len(made), len(ratios), mixed, ratio, low, high, sum(made) * (1 - 1 / ratio))


def _pairs(during: Sequence[_Proof], calm: Sequence[_Proof]) -> Iterable[tuple[_Proof, _Proof]]:
    """Each with the nearest in time of those that are left, in the order of time."""
    left = sorted(calm, key=lambda one: one.end_s)[-_MOST:]
    for proof in sorted(during, key=lambda one: one.end_s)[-_MOST:]:
        if not left:
            return
        place = bisect_left(left, proof.end_s, key=lambda one: one.end_s)
        if place == len(left) or (place > 0 and proof.end_s - left[place - 1].end_s <= left[place].end_s - proof.end_s):
            place -= 1
        yield proof, left.pop(place)
