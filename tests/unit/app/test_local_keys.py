import os

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.circuits import random_circuit
from zkcompanion.app.local_keys import LocalKeys
from zkcompanion.app.outputs import Outputs
from zkcompanion.base.errors import FileError
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.formats.zkey import read_zkey

CIRCUIT = random_circuit(2, 2, n_public=1)


@pytest.fixture
def keys(tmp_path):
    return LocalKeys(AppDirs(tmp_path / "home"), Outputs())


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit", circuit=CIRCUIT)


def copy_of(folder):
    return lambda draft: draft.write_bytes(folder.zkey.read_bytes())


def test_a_key_is_filed_under_the_content_of_its_circuit(keys, folder, tmp_path):
    path = keys.path_for(folder.r1cs)
    assert path.parent == tmp_path / "home" / "data" / "keys"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    same = tmp_path / "same.r1cs"
    same.write_bytes(folder.r1cs.read_bytes())
    assert keys.path_for(same) == path
    same.write_bytes(folder.r1cs.read_bytes() + b"x")
    assert keys.path_for(same) != path


def test_no_circuit_no_place(keys, tmp_path):
    with pytest.raises(FileError):
        keys.path_for(tmp_path / "missing.r1cs")


def test_a_key_that_was_added_is_opened_again(keys, folder):
    path = keys.path_for(folder.r1cs)
    assert keys.open(path, read_zkey) is None
    keys.add(path, copy_of(folder), read_zkey).close()
    with keys.open(path, read_zkey) as zkey:
        assert zkey.n_vars == CIRCUIT.n_vars
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_of_two_processes_that_make_a_key_the_first_one_counts(keys, folder, tmp_path):
    other = make_folder(tmp_path / "other", circuit=CIRCUIT, seed=99)
    path = keys.path_for(folder.r1cs)

    def overtaken(draft):
        keys_of_another = LocalKeys(AppDirs(tmp_path / "home"), Outputs())
        keys_of_another.add(path, copy_of(other), read_zkey).close()
        copy_of(folder)(draft)

    keys.add(path, overtaken, read_zkey).close()
    assert path.read_bytes() == other.zkey.read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_where_the_file_system_has_no_links_the_draft_is_renamed(keys, folder, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    path = keys.path_for(folder.r1cs)
    keys.add(path, copy_of(folder), read_zkey).close()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_key_that_cannot_be_made_leaves_nothing(keys, folder):
    path = keys.path_for(folder.r1cs)

    def fail(draft):
        draft.write_bytes(b"half")
        raise KeyError

    with pytest.raises(KeyError):
        keys.add(path, fail, read_zkey)
    assert list(path.parent.iterdir()) == []


def test_a_damaged_key_is_removed_and_a_missing_one_is_no_error(keys, folder):
    path = keys.path_for(folder.r1cs)
    path.write_bytes(b"zkey")
    assert keys.open(path, read_zkey) is None
    assert not path.exists()
    keys.remove(path)


def test_what_a_killed_process_left_is_removed_when_stale(keys, folder):
    path = keys.path_for(folder.r1cs)
    old, new = path.with_name(".1.zkc-tmp"), path.with_name(".2.zkc-tmp")
    for draft in (old, new):
        draft.write_bytes(b"half a key")
    os.utime(old, (0, 0))
    keys.add(path, copy_of(folder), read_zkey).close()
    assert (old.exists(), new.exists()) == (False, True)
