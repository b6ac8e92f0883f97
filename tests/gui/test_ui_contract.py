"""The window keeps the names that tests, scripts and screen readers know: `tests/ui_contract/contract.json`.

A change that is meant is recorded with `scripts/record_ui_contract.py`, and read in the diff of that file.
"""

import os

from tests.support import ui_contract


def test_the_window_is_as_its_contract_says(window, qtbot):
    found = ui_contract.describe(window, qtbot)
    if os.environ.get("ZKC_RECORD_UI_CONTRACT") == "1":
        ui_contract.write(found)
    changes = list(ui_contract.differences(ui_contract.read(), found))
    assert changes == [], "run scripts/record_ui_contract.py where the change is meant"


def test_differences_are_named():
    promised = {"a": {"class": "QLabel"}, "b": 1}
    found = {"a": {"class": "QPushButton"}, "c": 1}
    assert list(ui_contract.differences(promised, found)) == [
        "other: /a/class: 'QLabel' became 'QPushButton'",
        "missing: /b",
        "new: /c",
    ]
