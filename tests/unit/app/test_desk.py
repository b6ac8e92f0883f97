from zkcompanion.app.desk import Desk
from zkcompanion.app.history import ProofRecord
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs


def test_what_the_window_works_with_is_built_once(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert desk.preferences is desk.preferences
        assert desk.history is desk.history
        assert desk.storage.view().history.entries == 0
        assert "  theme: system" in desk.diagnostics.report()


def test_another_language_renews_the_catalogue_and_another_theme_does_not(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.preferences.change(language="en")
        english = desk.catalogue
        assert english.say(msg("Prove")) == "Prove"
        desk.preferences.change(theme="dark")
        assert desk.catalogue is english
        desk.preferences.change(language="qps")
        assert desk.catalogue.say(msg("Prove")) == "⟦Þŕöṽé þ⟧"


def test_the_history_asks_the_user_s_preference_each_time(tmp_path):
    record = ProofRecord(0, 1.0, "c", msg("C"), "c", "00", "verified", 1)
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.preferences.change(keep_history=False)
        assert desk.history.add(record).id == 0
        desk.preferences.change(keep_history=True)
        assert desk.history.add(record).id == 1


def test_closing_notes_that_the_program_ended_by_itself(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.diagnostics.watch_crashes()
        assert len(list((tmp_path / "state" / "runs").iterdir())) == 1
    assert list((tmp_path / "state" / "runs").iterdir()) == []
    desk.close()
