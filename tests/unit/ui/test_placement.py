import json

import pytest

from zkcompanion.base.paths import AppDirs
from zkcompanion.ui.shell.placement import (
    FILE_NAME,
    Placement,
    Rect,
    centred,
    clamp,
    forget_placement,
    read_placement,
    write_placement,
)

SCREEN = Rect(0, 0, 1920, 1080)
RIGHT = Rect(1920, 0, 1280, 1024)


def test_a_window_on_a_screen_stays_where_it_is():
    place = Placement(100, 80, 1180, 800)
    assert clamp(place, [SCREEN]) == place
    assert clamp(Placement(2000, 100, 900, 700), [SCREEN, RIGHT]) == Placement(2000, 100, 900, 700)
    half_outside = Placement(-500, 80, 1180, 800)
    assert clamp(half_outside, [SCREEN]) == half_outside


def test_a_screen_that_is_gone_brings_the_window_to_the_middle_of_the_first():
    assert clamp(Placement(2000, 100, 900, 700, maximized=True), [SCREEN]) == Placement(510, 190, 900, 700, True)


@pytest.mark.parametrize("place", [Placement(-5000, 10, 1180, 800), Placement(10, 99999, 1180, 800)])
def test_a_window_out_of_sight_comes_back(place):
    found = clamp(place, [SCREEN])
    assert 0 <= found.x <= 1920 - found.width
    assert 0 <= found.y <= 1080 - found.height


def test_the_title_bar_stays_within_reach():
    assert clamp(Placement(100, -300, 1180, 800), [SCREEN]).y == 0
    assert clamp(Placement(1900, 1070, 1180, 800), [SCREEN]) == Placement(1920 - 160, 1080 - 32, 1180, 800)
    assert clamp(Placement(-1170, 5, 1180, 800), [SCREEN]).x == 160 - 1180


def test_the_size_fits_the_screen_and_the_contents():
    assert clamp(Placement(0, 0, 4000, 3000), [SCREEN]) == Placement(0, 0, 1920, 1080)
    assert clamp(Placement(0, 0, 1, 1), [SCREEN]) == Placement(0, 0, 720, 520)
    assert clamp(Placement(0, 0, 900, 700), [Rect(0, 0, 640, 480)]) == Placement(0, 0, 640, 480)


def test_the_first_window_opens_in_the_middle():
    assert centred(SCREEN) == Placement(370, 140, 1180, 800)
    assert centred(Rect(10, 20, 800, 600)) == Placement(10, 20, 800, 600)


def test_without_a_screen_nothing_is_moved():
    assert clamp(Placement(5, 6, 7, 8), []) == Placement(5, 6, 7, 8)


def test_a_place_is_remembered_and_forgotten(tmp_path):
    dirs = AppDirs(tmp_path)
    assert read_placement(dirs) is None
    write_placement(dirs, Placement(-3, 4, 900, 700, maximized=True))
    assert read_placement(dirs) == Placement(-3, 4, 900, 700, maximized=True)
    forget_placement(dirs)
    forget_placement(dirs)
    assert read_placement(dirs) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version": 2, "x": 0, "y": 0, "width": 900, "height": 700}',
        b'{"version": 1, "x": "left", "y": 0, "width": 900, "height": 700}',
        b'{"version": 1}',
        json.dumps({"version": 1, "x": 0, "y": 0, "width": 900, "height": 1e300}).encode(),
    ],
)
def test_a_file_that_says_nothing_useful_counts_as_none(tmp_path, content):
    dirs = AppDirs(tmp_path)
    (dirs.state / FILE_NAME).write_bytes(content)
    assert read_placement(dirs) is None


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    dirs = AppDirs(tmp_path)
    (dirs.state / FILE_NAME).mkdir()
    write_placement(dirs, Placement(0, 0, 900, 700))
    forget_placement(dirs)
    assert read_placement(dirs) is None
