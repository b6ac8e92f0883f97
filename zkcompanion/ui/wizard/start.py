"""Whether a start of the program shows the wizard."""

from __future__ import annotations

from zkcompanion.app import wizard
from zkcompanion.app.desk import Desk
from zkcompanion.app.wizard import WizardState
from zkcompanion.ui.shell.placement import read_placement


def remembered(desk: Desk) -> WizardState | None:
    """What is known of an earlier round."""
    return wizard.from_plain(desk.preferences.recall(wizard.TOPIC, wizard.NAME))


def comes_now(desk: Desk) -> bool:
    """At the very first start, and where it was closed in the middle; to be asked before the window keeps anything.

    Who has a history, or closed a window before, knows the program: a version without this may have been here.
    """
    found = remembered(desk)
    if found is not None:
        return wizard.comes_by_itself(found, used_before=True)
    used = desk.preferences.current.started_before or read_placement(desk.dirs) is not None
    return wizard.comes_by_itself(None, used_before=used or bool(desk.history.records()))
