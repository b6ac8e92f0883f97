import os
import stat
import sys
from pathlib import Path

import pytest

from zkcompanion.base import paths
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.paths import AppDirs, content_path, make_private_folder, resource_path

REPOSITORY = Path(__file__).parents[3]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and owners")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_checkout_has_its_data_beside_the_package():
    assert resource_path("circuits", "x") == REPOSITORY / "resources" / "circuits" / "x"
    assert content_path() == REPOSITORY / "content"


def test_a_wheel_or_bundle_has_its_data_inside_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "zkcompanion")
    (tmp_path / "zkcompanion" / "_data").mkdir(parents=True)
    assert resource_path("a") == tmp_path / "zkcompanion" / "_data" / "resources" / "a"
    assert content_path("b") == tmp_path / "zkcompanion" / "_data" / "content" / "b"


@posix
def test_the_four_folders_are_made_when_asked_for_and_private(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKCOMPANION_HOME", str(tmp_path / "home"))
    dirs = AppDirs()
    assert not (tmp_path / "home").exists()
    for name in ("cache", "data", "state", "config"):
        folder = getattr(dirs, name)
        assert folder == tmp_path / "home" / name
        assert mode(folder) == 0o700


def test_a_home_given_by_the_caller_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKCOMPANION_HOME", str(tmp_path / "named"))
    assert AppDirs(tmp_path / "given").data == tmp_path / "given" / "data"


@posix
def test_without_the_variable_the_platforms_folders_are_used(tmp_path, monkeypatch):
    monkeypatch.delenv("ZKCOMPANION_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert AppDirs().cache == tmp_path / "xdg" / "zkcompanion"


def test_a_relative_home_is_refused(monkeypatch):
    monkeypatch.setenv("ZKCOMPANION_HOME", "somewhere")
    with pytest.raises(UsageError, match="absolute"):
        AppDirs()


@posix
def test_a_folder_open_to_others_is_closed(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    assert mode(make_private_folder(folder)) == 0o700


@posix
def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(FileError, match="another user"):
        make_private_folder(tmp_path)


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match="cannot be made"):
        make_private_folder(tmp_path / "file")
