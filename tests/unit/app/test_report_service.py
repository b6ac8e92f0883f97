"""Reports are made by another process, whole or not at all, and nothing is replaced unasked."""

import json
import multiprocessing
import stat
import threading
import zipfile

import pytest

from tests.support.report_sources import NOW, alert, objective, record, run, sources
from zkcompanion.app.outputs import Outputs
from zkcompanion.app.report_service import MOST_SECONDS, ReportService, free_stem
from zkcompanion.app.report_shelf import ReportShelf
from zkcompanion.app.report_views import ReportOrder, ReportProgress, ReportsChanged
from zkcompanion.base.errors import BugError, Cancelled, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs

DAY = 86400.0


class Clock:
    def __init__(self, unix_s=NOW):
        self.now = unix_s

    def monotonic_s(self):
        return self.now

    def unix_s(self):
        return self.now

    def thread_cpu_s(self):
        return 0.0


@pytest.fixture
def dirs(tmp_path):
    return AppDirs(tmp_path / "home")


def service(dirs, found=None, **more):
    from zkcompanion.base.clock import SYSTEM_CLOCK

    bus = EventBus()
    made = ReportService(dirs, bus, SYSTEM_CLOCK, found if found is not None else sources(), Outputs(), **more)
    return made, bus


def full():
    return sources(
        records=(run(1, NOW - 60, 1.0), run(2, NOW - 50, 3.0, usual=1.0)),
        history=(record(1, NOW - 60),),
        alerts=(alert(),),
        objectives=(objective(),),
    )


@pytest.mark.integration
def test_a_report_in_all_forms_told_while_it_is_made(dirs, tmp_path):
    made, bus = service(dirs, full())
    told = []
    bus.subscribe(ReportProgress, told.append)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine").write_bytes(b"mine")
    order = ReportOrder("performance", NOW - DAY, NOW, ("md", "csv", "json"), folder)
    try:
        number, future = made.order(order)
        done = future.result(60)
    finally:
        made.close()
    assert {path.name.partition(".")[2] for path in done.files} == {"md", "csv.zip", "json"}
    assert len({path.name.partition(".")[0] for path in done.files}) == 1
    assert (folder / "mine").read_bytes() == b"mine"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in done.files)
    plain = json.loads(next(path for path in done.files if path.suffix == ".json").read_text())
    assert plain["sections"][0]["figures"][0] | {"title": "", "meaning": ""} == {
        "id": "proofs", "title": "", "value": 2, "unit": "count", "meaning": "", "tone": "info",
    }  # fmt: skip
    assert zipfile.is_zipfile(next(path for path in done.files if path.suffix == ".zip"))
    assert {one.number for one in told} == {number}
    steps = [one.done for one in told]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1], told[0].steps) == (0, 4, 5)
    assert multiprocessing.active_children() == []


@pytest.mark.nightly
@pytest.mark.integration
def test_pictures_are_drawn_in_the_process_and_kept_with_the_programs_data(dirs):
    made, _ = service(dirs, full())
    try:
        orders = [ReportOrder(kind, NOW - DAY, NOW, ("html", "pdf")) for kind in ("performance", "memory")]
        for _, future in [made.order(one) for one in orders]:
            done = future.result(60)
            assert done.files[0].read_bytes().count(b"<svg") >= 5
            assert done.files[1].read_bytes().startswith(b"%PDF-")
        assert len(made.kept()) == 2
    finally:
        made.close()


@pytest.mark.integration
def test_a_cancelled_report_leaves_nothing_and_no_process(dirs):
    reached, go_on = threading.Event(), threading.Event()

    def marks(_begin, _end):
        reached.set()
        assert go_on.wait(20)
        return ()

    from dataclasses import replace

    made, _ = service(dirs, replace(sources(), marks=marks))
    try:
        number, future = made.order(ReportOrder("memory", NOW - DAY, NOW, ("pdf",)))
        _, waiting = made.order(ReportOrder("memory", NOW - DAY, NOW, ("md",)))
        assert reached.wait(20)
        made.cancel(number)
        made.cancel(number + 1)
        made.cancel(99)
        go_on.set()
        for one in (future, waiting):
            with pytest.raises(Cancelled):
                one.result(20)
        assert made.kept() == ()
    finally:
        go_on.set()
        made.close()
        made.close()
    assert multiprocessing.active_children() == []
    with pytest.raises(Cancelled):
        made.order(ReportOrder("memory", NOW - DAY, NOW, ("md",)))


def test_a_press_that_is_cancelled_before_it_begins_makes_nothing(dirs):
    from zkcompanion.app.report_press import Press
    from zkcompanion.base.clock import SYSTEM_CLOCK

    made, _ = service(dirs, full())
    document = made.document("memory", NOW - DAY, NOW)
    made.close()
    with Press(dirs, SYSTEM_CLOCK, pictures=False) as press:
        press.cancel()
        with pytest.raises(Cancelled):
            press.render(document, ("md",), ())


def test_where_the_last_form_finds_no_room_none_is_left(dirs, tmp_path, monkeypatch):
    import zkcompanion.app.report_service as module
    from zkcompanion.base.errors import ResourceError

    put_whole, full_from = module.write_atomic, 1

    def full_disk(path, data, **more):
        nonlocal full_from
        full_from -= 1
        if full_from < 0:
            raise OSError(28, "No space left on device")
        put_whole(path, data, **more)

    monkeypatch.setattr(module, "write_atomic", full_disk)
    (tmp_path / "x.csv.zip").write_bytes(b"mine")
    made, _ = service(dirs)
    with pytest.raises(ResourceError):
        made._write(tmp_path, "x", {"md": b"# x", "csv": b"PK"})
    made.close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv.zip"]


def test_a_command_settles_nothing_of_the_windows(dirs):
    window, _ = service(dirs)
    put(window.shelf, "removed")
    window.remove("removed")
    half = window.shelf.folder / "half"
    half.mkdir()
    command, _ = service(dirs)
    assert command.kept() == ()
    command.close()
    assert half.is_dir()
    window.restore("removed")
    assert [one.id for one in window.kept()] == ["removed"]
    window.close()
    assert not half.exists()


@pytest.mark.parametrize(
    ("begin", "end", "forms"),
    [(253086760000.0, 253086768000.0, ("md",)),
     (NOW, NOW, ("md",)), (NOW - MOST_SECONDS - 1, NOW, ("md",)), (-5.0, 5.0, ("md",)), (NOW - 1, NOW, ()),
     (NOW - 1, NOW, ("md", "md"))],
)  # fmt: skip
def test_what_makes_no_report_is_refused_at_once(dirs, begin, end, forms):
    made, _ = service(dirs)
    with pytest.raises(UsageError):
        made.order(ReportOrder("memory", begin, end, forms))
    made.close()


# -- what is kept


def order(scheduled=""):
    return ReportOrder("performance", NOW - DAY, NOW, ("html", "md"), scheduled=scheduled)


def put(shelf, name, made=NOW, scheduled=""):
    return shelf.put(name, order(scheduled), made, "zkcompanion-x", {"html": b"<p>", "md": b"# x"})


def test_kept_reports_are_listed_the_last_first_and_private(dirs):
    shelf = ReportShelf(dirs)
    assert shelf.reports() == ()
    first, second = put(shelf, "a", NOW), put(shelf, "b", NOW + 1)
    assert shelf.reports() == (second, first)
    assert [path.read_bytes() for _, path in first.files] == [b"<p>", b"# x"]
    assert first.size_bytes == 6
    assert shelf.size_bytes() == 12
    assert stat.S_IMODE(first.files[0][1].stat().st_mode) == 0o600
    assert stat.S_IMODE(first.files[0][1].parent.stat().st_mode) == 0o700


def test_one_that_was_asked_for_replaces_none_of_its_name_and_a_scheduled_one_does(dirs):
    shelf = ReportShelf(dirs)
    assert [put(shelf, "a").id, put(shelf, "a").id] == ["a", "a-2"]
    assert [put(shelf, "s", scheduled="daily 2026-01-01").id, put(shelf, "s", scheduled="daily 2026-01-01").id] == [
        "s",
        "s",
    ]
    assert len(shelf.reports()) == 3


def test_what_is_removed_can_be_put_back_until_it_is_settled(dirs):
    shelf = ReportShelf(dirs)
    kept = put(shelf, "a")
    shelf.remove("a")
    assert shelf.reports() == ()
    shelf.restore("a")
    assert shelf.reports() == (kept,)
    shelf.remove("a")
    shelf.remove("a")
    shelf.settle()
    shelf.restore("a")
    assert list(shelf.folder.iterdir()) == []
    shelf.remove("../../x")
    shelf.restore("../../x")
    with pytest.raises(BugError):
        put(shelf, "../x")


@pytest.mark.parametrize(
    "about",
    [b"", b"[]", b'{"version":2}', b'{"version":1,"kind":"performance","begin_unix_s":0,"end_unix_s":1,"made_unix_s":1,'
     b'"scheduled":"","stem":"../../etc/passwd","forms":["html"]}', b"x" * 100_000,
     b'{"version":1,"kind":"performance","begin_unix_s":0,"end_unix_s":1,"made_unix_s":1,"scheduled":"","stem":"a",'
     b'"forms":[]}',
     b'{"version":1,"kind":"performance","begin_unix_s":0,"end_unix_s":1,"made_unix_s":253402300799,"scheduled":"",'
     b'"stem":"about","forms":["json"]}'],
)  # fmt: skip
def test_a_folder_that_is_no_report_is_left_out(dirs, about):
    shelf = ReportShelf(dirs)
    good = put(shelf, "good")
    folder = shelf.folder / "bad"
    folder.mkdir()
    (folder / "about.json").write_bytes(about)
    (shelf.folder / "Odd Name").mkdir()
    (shelf.folder / "link").symlink_to(shelf.folder / "good")
    assert shelf.reports() == (good,)


def test_what_a_killed_program_left_half_written_goes(dirs):
    shelf = ReportShelf(dirs)
    put(shelf, "good")
    half = shelf.folder / "half"
    half.mkdir()
    (half / "zkcompanion-x.html").write_bytes(b"<p>")
    shelf.settle()
    assert [one.name for one in shelf.folder.iterdir()] == ["good"]


def test_a_report_that_cannot_be_written_leaves_nothing(dirs, monkeypatch):
    import zkcompanion.app.report_shelf as module
    from zkcompanion.base.errors import ResourceError

    def full_disk(path, data):
        raise OSError(28, "No space left on device")

    shelf = ReportShelf(dirs)
    monkeypatch.setattr(module, "write_atomic", full_disk)
    with pytest.raises(ResourceError):
        put(shelf, "a")
    assert list(shelf.folder.iterdir()) == []


def test_the_oldest_scheduled_ones_make_room_and_others_stay(dirs, monkeypatch):
    most = 3
    monkeypatch.setattr("zkcompanion.app.report_shelf.MOST_SCHEDULED", most)
    shelf = ReportShelf(dirs)
    put(shelf, "mine", NOW - 1e6)
    for number in range(most + 2):
        put(shelf, f"s-{number}", NOW + number, scheduled=f"daily {number}")
    ids = {one.id for one in shelf.reports()}
    assert len(ids) == most + 1
    assert {"mine", "s-2"} <= ids
    assert not {"s-0", "s-1"} & ids


def test_a_name_that_any_form_has_is_not_free(tmp_path):
    assert free_stem(tmp_path, "x") == "x"
    (tmp_path / "x.pdf").write_bytes(b"mine")
    (tmp_path / "x-2.html").symlink_to(tmp_path / "nowhere")
    assert free_stem(tmp_path, "x") == "x-3"


def test_removing_is_told(dirs):
    made, bus = service(dirs)
    put(made.shelf, "a")
    told = []
    bus.subscribe(ReportsChanged, told.append)
    made.remove("a")
    made.restore("a")
    assert told == [ReportsChanged(), ReportsChanged()]
    assert len(made.kept()) == 1
    made.remove("a")
    made.close()
    assert list(made.shelf.folder.iterdir()) == []
