"""The row of errors, logs and reports."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import canary, errors
from .figures import Figure, Row


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def x6(folder: Path) -> Figure:
    """Provoked errors, each told with its kind, whose fault it is and what to do; and a secret that leaks nowhere."""
    place = Path(tempfile.mkdtemp(prefix="x6-", dir=folder))
    home = place / "home"
    count, wrong = errors.errors_told(_made(place / "errors"), home)
    secret, inputs = errors.secret_inputs()
    story = canary.Story(_made(place / "story"), secret, home)
    went_wrong = errors.lead_through(story, inputs, place / "given")
    found = story.search()
    return Figure(
        len(wrong) + len(went_wrong) + len(found),
        f"of {count} provoked errors told wrongly, endings that were not as they should be, and places with the secret",
        floor=0,
        goal=0,
        test="tests/integration/test_canary.py::test_a_secret_is_nowhere_after_all_that_can_happen_to_it",
        artefact={
            "provoked": count,
            "told_wrongly": wrong,
            "endings": story.codes,
            "went_wrong": went_wrong,
            "secret_found_in": found,
            "forms_looked_for": len(canary.forms(secret)),
            "processes_watched": story.processes,
        },
    )


ERROR_ROWS: Mapping[str, Row] = {"X6": x6}
