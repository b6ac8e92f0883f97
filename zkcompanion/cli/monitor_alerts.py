"""`monitor alerts`, `monitor rules`: what was wrong with the machine or its proofs, and when an alert opens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, Word, date_text, one_of, whole_number

if TYPE_CHECKING:
    from zkcompanion.app.alert_service import AlertService
    from zkcompanion.app.alert_views import RuleView
    from zkcompanion.app.application import Application
    from zkcompanion.app.monitor_views import AlertView
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.app.warning_costs import WarningView

_ALERTS = "urn:zkcompanion:schema:monitor-alerts:1"
_RULES = "urn:zkcompanion:schema:monitor-rules:1"
_DECISION = "urn:zkcompanion:schema:monitor-decision:1"
_SEVERITIES = {"info": msg("hint"), "warning": msg("warning"), "critical": msg("critical")}
#: Alerts that are printed for people; as JSON all of them.
_MOST_LINES = 50
_DAYS = 30


def alerts(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Alerts that are open, and those that were."""
    if arguments.number("days", 0) and not arguments.flag("environment"):
        raise UsageError(msg("--days goes with --environment."))
    service = _service(app, writes=False)
    if arguments.flag("environment"):
        return _environment(app, service, arguments.number("days", _DAYS))
    found = service.history()
    lines = [_alert_line(alert) for alert in found[:_MOST_LINES]] or [msg("There was no alert.")]
    if len(found) > _MOST_LINES:
        lines.append(msg("And {n} before them; --json has all.", n=len(found) - _MOST_LINES))
    return _closed(service, Outcome(_ALERTS, {"alerts": [_alert_data(alert) for alert in found]}, tuple(lines)))


def _environment(app: Application, service: AlertService, days: int) -> Outcome:
    """Warnings of the last days, and what they cost."""
    from zkcompanion.app.warning_costs import DAY_S, warning_costs

    now = app.clock.unix_s()
    begin = now - days * DAY_S
    found = [alert for alert in service.history(begin, now) if alert.environment]
    views = warning_costs(service.history(), app.runs.records(), begin, now)
    lines = [line for view in views for line in _cost_lines(view)] or [msg("There was no warning.")]
    data: dict[str, object] = {
        "alerts": [_alert_data(alert) for alert in found],
        "days": days,
        "costs": [_cost_data(one) for one in views],
    }
    return _closed(service, Outcome(_ALERTS, data, tuple(lines)))


def _cost_lines(view: WarningView) -> Iterator[Message]:
    yield msg_n(
        "{title}: {n} time, {duration} in all.",
        "{title}: {n} times, {duration} in all.",
        n=view.times,
        title=view.title,
        duration=format_duration(view.seconds),
    )
    yield Message("  {sentence}", {"sentence": view.sentence})
    if view.caution is not None:
        yield Message("  {sentence}", {"sentence": view.caution})


def _cost_data(view: WarningView) -> dict[str, object]:
    cost = view.cost
    return {
        "rule": view.rule,
        "title": str(view.title),
        "severity": view.severity,
        "times": view.times,
        "seconds": view.seconds,
        "share": view.share,
        "open": view.open,
        "standing": view.standing,
        "proofs": cost.proofs,
        "pairs": cost.pairs,
        "mixed_pairs": cost.mixed,
        "ratio": cost.ratio,
        "ratio_low": cost.low,
        "ratio_high": cost.high,
        "lost_s": cost.lost_s,
        "sentence": str(view.sentence),
    }


def rules(app: Application, _arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """When an alert opens."""
    service = _service(app, writes=False)
    views = service.rules()
    return _closed(service, Outcome(_RULES, {"rules": [_rule_data(rule) for rule in views]}, tuple(_rule_lines(views))))


def set_rule(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Change a rule."""
    from zkcompanion.app.alert_values import parse_seconds, parse_value

    rule_id = arguments.word("ID")
    service = _service(app)
    unit = next((rule.unit for rule in service.rules() if rule.id == rule_id), "count")
    changes: dict[str, object] = {}
    for option, name in (("threshold", "threshold"), ("margin", "margin")):
        if (text := arguments.text(option)) is not None:
            changes[name] = parse_value(text, unit)
    for option, name in (("for", "for_s"), ("clear-for", "clear_for_s")):
        if (text := arguments.text(option)) is not None:
            changes[name] = parse_seconds(text)
    if (severity := arguments.text("severity")) is not None:
        changes["severity"] = severity
    if arguments.flag("on") or arguments.flag("off"):
        changes["enabled"] = arguments.flag("on")
    if not changes:
        raise UsageError(msg("Say what to change of the rule."), hint=msg("For example --threshold, --for or --off."))
    # refused here too, where the window would have to do it
    view = service.preview(rule_id, **changes)
    return _decided(service, "change", rule_id, changes, msg("{rule}: {line}", rule=rule_id, line=_condition(view)))


def reset_rule(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Bring a rule back to how it came."""
    rule_id = arguments.word("ID")
    service = _service(app)
    service.preview(rule_id)
    return _decided(service, "restore", rule_id, {}, msg("{rule} is as it came.", rule=rule_id))


def acknowledge(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Say that an alert was seen."""
    service = _service(app)
    number = service.find(_number(arguments.word("NUMBER"))).id
    return _decided(service, "acknowledge", number, {}, msg("Alert {number} was seen.", number=number))


def dismiss(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Show an alert no more, however long it lasts."""
    service = _service(app)
    number = service.find(_number(arguments.word("NUMBER"))).id
    return _decided(service, "dismiss", number, {}, msg("Alert {number} is not shown any more.", number=number))


def snooze(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Do not show an alert, or those of a rule, for some time."""
    from zkcompanion.app.alert_values import parse_seconds

    service = _service(app)
    what: int | str = arguments.word("WHAT")
    if isinstance(what, str) and what.isdigit():
        what = service.find(_number(what)).id
    else:
        service.preview(str(what))
    text = arguments.text("for")
    seconds = 3600.0 if text is None else None if text == "end" else parse_seconds(text)
    service.check_snooze(what, seconds)
    said = msg("{what} is not shown for now.", what=what) if seconds != 0 else msg("{what} is shown again.", what=what)
    return _decided(service, "snooze", what, {"seconds": seconds}, said)


def _service(app: Application, *, writes: bool = True) -> AlertService:
    from zkcompanion.app.alert_service import AlertService
    from zkcompanion.base.events import EventBus

    service = AlertService(EventBus(), app.dirs, app.clock, writes=writes)
    service.load()
    return service


def _closed(service: AlertService, outcome: Outcome) -> Outcome:
    notice = service.notice
    service.close()
    if notice is None:
        return outcome
    return Outcome(outcome.schema, outcome.data, outcome.lines, warnings=(notice,))


def _decided(service: AlertService, action: str, what: int | str, more: dict[str, object], said: Message) -> Outcome:
    """Done here, or left for the window that is open."""
    here = service.owns()
    notes: tuple[Message, ...] = ()
    if here:
        service.act(action, what, more)
    else:
        service.leave(action, what, **more)
        notes = (msg("The window that is open does it within a few seconds."),)
    data = {"action": action, "what": what, "by_the_window": not here}
    closed = _closed(service, Outcome(_DECISION, data, (said,)))
    return Outcome(closed.schema, closed.data, closed.lines, warnings=closed.warnings, notes=notes)


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 13:
        return int(text)
    raise UsageError(msg("An alert has a number; monitor alerts names them."))


def _alert_data(alert: AlertView) -> dict[str, object]:
    until = alert.snoozed_until_unix_s
    return {
        "id": alert.id,
        "rule": alert.rule,
        "title": str(alert.title),
        "severity": alert.severity,
        "state": alert.state,
        "series": alert.series,
        "unit": alert.unit,
        "threshold": alert.threshold,
        "worst": alert.worst,
        "begin_unix_s": alert.begin_unix_s,
        "end_unix_s": alert.end_unix_s,
        "seconds": alert.seconds,
        "acknowledged": alert.acknowledged,
        "snoozed": until is not None,
        "snoozed_until_unix_s": None if until is None or until == math.inf else until,
        "dismissed": alert.dismissed,
        "environment": alert.environment,
    }


def _alert_line(alert: AlertView) -> Message:
    from zkcompanion.app.alert_values import seconds_text, value_text

    began = date_text(alert.begin_unix_s)
    lasted: Message | str = seconds_text(alert.seconds)
    if alert.state == "open":
        lasted = msg("open, {duration}", duration=lasted)
    parts: dict[str, object] = {
        "id": alert.id,
        "began": began,
        "severity": _SEVERITIES[alert.severity],
        "lasted": lasted,
        "worst": value_text(alert.worst, alert.unit),
        "title": alert.title,
    }
    # columns, not a sentence
    return Message("  {id:>5}  {began}  {severity:<9} {lasted:>16} {worst:>12}  {title}", parts)


def _rule_data(rule: RuleView) -> dict[str, object]:
    return {
        "id": rule.id,
        "title": str(rule.title),
        "meaning": str(rule.meaning),
        "advice": str(rule.advice),
        "series": rule.series,
        "of": list(rule.of),
        "comparison": rule.comparison,
        "unit": rule.unit,
        "threshold": rule.threshold,
        "margin": rule.margin,
        "clear": rule.clear,
        "for_s": rule.for_s,
        "clear_for_s": rule.clear_for_s,
        "severity": rule.severity,
        "enabled": rule.enabled,
        "changed": rule.changed,
        "environment": rule.environment,
        "snoozed_until_unix_s": rule.snoozed_until_unix_s,
    }


def _rule_lines(views: tuple[RuleView, ...]) -> Iterator[Message]:
    for rule in views:
        parts: dict[str, object] = {
            "id": rule.id,
            "severity": _SEVERITIES[rule.severity] if rule.enabled else msg("off"),
            "title": rule.title,
            "condition": _condition(rule),
        }
        yield Message("  {id:<16} {severity:<9} {title}: {condition}", parts)


def _condition(rule: RuleView) -> Message:
    from zkcompanion.app.alert_values import seconds_text, value_text

    value, clear = value_text(rule.threshold, rule.unit), value_text(rule.clear, rule.unit)
    lasting, back = seconds_text(rule.for_s), seconds_text(rule.clear_for_s)
    if rule.comparison == "above":
        return msg(
            "above {value} for {duration}, over at {clear} for {back}",
            value=value,
            duration=lasting,
            clear=clear,
            back=back,
        )
    return msg(
        "below {value} for {duration}, over at {clear} for {back}",
        value=value,
        duration=lasting,
        clear=clear,
        back=back,
    )


_ID = Word("ID", msg("a rule's name from monitor rules"))

COMMANDS = (
    Command(
        ("monitor", "alerts"),
        msg("Show what was wrong with this computer or its proofs, and what is."),
        alerts,
        options=(
            Option(("--environment",), msg("only warnings of this computer, and what they cost in proving time")),
            Option(("--days",), msg("of so many days (default: 30)"), "N", whole_number(1, 366)),
        ),
    ),
    Command(
        ("monitor", "alerts", "acknowledge"),
        msg("Say that an alert was seen."),
        acknowledge,
        words=(Word("NUMBER", msg("an alert's number from monitor alerts")),),
    ),
    Command(
        ("monitor", "alerts", "dismiss"),
        msg("Show an alert no more, however long it lasts."),
        dismiss,
        words=(Word("NUMBER", msg("an alert's number from monitor alerts")),),
    ),
    Command(
        ("monitor", "alerts", "snooze"),
        msg("Do not show an alert, or those of a rule, for some time."),
        snooze,
        words=(Word("WHAT", msg("an alert's number, or a rule's name")),),
        options=(Option(("--for",), msg("how long: 1 h (the default), 1 d, 0 to show it again, or end"), "TIME"),),
    ),
    Command(("monitor", "rules"), msg("Show when an alert opens."), rules),
    Command(
        ("monitor", "rules", "set"),
        msg("Change when an alert opens."),
        set_rule,
        words=(_ID,),
        options=(
            Option(("--threshold",), msg("the value beyond which it opens, with its unit"), "VALUE"),
            Option(("--margin",), msg("how far the value has to come back before it ends"), "VALUE"),
            Option(("--for",), msg("how long before it opens"), "TIME"),
            Option(("--clear-for",), msg("how long before it ends"), "TIME"),
            Option(("--severity",), msg("info, warning or critical"), "WORD", one_of("info", "warning", "critical")),
            Option(("--on",), msg("look at it")),
            Option(("--off",), msg("do not look at it")),
        ),
    ),
    Command(("monitor", "rules", "reset"), msg("Bring a rule back to how it came."), reset_rule, words=(_ID,)),
)
