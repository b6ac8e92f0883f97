"""The settings without a window."""

import pytest

from zkcompanion.app import choices
from zkcompanion.app.preferences import LEAST_BYTES, PreferenceStore
from zkcompanion.base.errors import ResourceError, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs


@pytest.fixture
def dirs(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKCOMPANION_HOME", str(tmp_path / "home"))
    return AppDirs()


def by_name(views):
    return {view.name: view for view in views}


def test_all_that_a_person_may_choose_is_there_with_what_it_may_be(dirs):
    found = by_name(choices.choices(dirs))
    assert "started_before" not in found
    assert found["theme"].choices == ("system", "light", "dark", "high-contrast")
    assert (found["text_percent"].least, found["text_percent"].most, found["text_percent"].text) == (80, 200, "100")
    assert (found["keep_history"].choices, found["keep_history"].text) == (("on", "off"), "on")


def test_what_is_set_is_kept_and_reset_brings_it_back(dirs):
    changed = choices.change(dirs, {"cache_bytes": "2G", "constant_work": "On", "theme": "dark", "threads": "3"})
    assert changed.limits is not None
    assert changed.limits.size_bytes == 2 << 30
    kept = by_name(choices.choices(dirs))
    assert [kept[name].value for name in ("cache_bytes", "constant_work", "theme", "threads")] == [
        2 << 30,
        True,
        "dark",
        3,
    ]
    assert choices.reset(dirs, ("theme",)).limits is None
    assert by_name(choices.choices(dirs))["theme"].value == "system"
    assert choices.reset(dirs, ()).limits is not None
    assert all(view.value == view.default for view in choices.choices(dirs))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nothing", "1"),
        ("started_before", "on"),
        ("constant_work", "maybe"),
        ("threads", "-1"),
        ("threads", "٣"),
        ("threads", "1e3"),
        ("threads", "99999"),
        ("cache_bytes", str(LEAST_BYTES - 1)),
        ("cache_bytes", "1e30"),
        ("theme", "purple"),
        ("theme", "\udcff"),  # a byte on the command line that is no text
        ("language", "../etc"),
    ],
)
def test_what_is_no_value_changes_nothing(dirs, name, text):
    with pytest.raises(UsageError):
        choices.change(dirs, {"text_percent": "120", name: text})
    assert all(view.value == view.default for view in choices.choices(dirs))


def test_beside_the_window_nothing_is_changed(dirs):
    window = PreferenceStore(dirs, EventBus())
    window.change(threads=2)
    with pytest.raises(ResourceError):
        choices.change(dirs, {"threads": "3"})
    assert window.current.threads == 2
    assert by_name(choices.choices(dirs))["threads"].value == 2
    window.close()
    choices.change(dirs, {"threads": "3"})
