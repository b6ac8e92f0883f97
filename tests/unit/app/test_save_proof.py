"""Saving a proof: under snarkjs's names, never over a file unasked, never through a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from zkcompanion.app.outputs import Outputs
from zkcompanion.app.save_proof import FILE_NAMES, save_proof
from zkcompanion.app.views import KeyView, ProvingView
from zkcompanion.base.errors import FileError


def result(proof: bytes = b'{"pi_a": []}\n') -> ProvingView:
    return ProvingView(
        circuit="c",
        verified=True,
        proofs=(),
        key=KeyView("ok"),
        kernels="scalar",
        threads=1,
        constant_work=False,
        constraints=1,
        wires=2,
        public_signals=(1,),
        witness_checked=True,
        startup_seconds=0.0,
        load_seconds=0.0,
        setup_seconds=0.0,
        proof_json=proof,
        public_json=b'["1"]\n',
        verification_key_json=b"{}\n",
    )


def test_it_writes_the_three_files_that_snarkjs_reads(tmp_path: Path):
    saved = save_proof(Outputs(), tmp_path, result())

    assert saved.files == tuple(tmp_path / name for name in FILE_NAMES)
    assert [path.read_bytes() for path in saved.files] == [b'{"pi_a": []}\n', b'["1"]\n', b"{}\n"]
    mask = os.umask(0o022)
    os.umask(mask)
    assert stat.S_IMODE(saved.files[0].stat().st_mode) == 0o666 & ~mask, "others may read what holds no secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILE_NAMES)


def test_what_is_there_stays_until_the_user_says_replace(tmp_path: Path):
    (tmp_path / "public.json").write_text("mine")

    refused = save_proof(Outputs(), tmp_path, result())
    assert refused.files == ()
    assert refused.in_the_way == ("public.json",)
    assert [path.name for path in tmp_path.iterdir()] == ["public.json"]
    assert (tmp_path / "public.json").read_text() == "mine"

    replaced = save_proof(Outputs(), tmp_path, result(), replace=True)
    assert len(replaced.files) == 3
    assert (tmp_path / "public.json").read_bytes() == b'["1"]\n'


def test_it_offers_names_that_nothing_has(tmp_path: Path):
    for name in ("proof.json", "Proof-2.json", "public-3.json"):
        (tmp_path / name).write_text("mine")

    refused = save_proof(Outputs(), tmp_path, result())
    assert refused.free == ("proof-4.json", "public-4.json", "verification_key-4.json")
    saved = save_proof(Outputs(), tmp_path, result(), names=refused.free)
    assert [path.name for path in saved.files] == list(refused.free)
    assert (tmp_path / "proof.json").read_text() == "mine"


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("exists", [False, True], ids=["dangling", "existing"])
def test_a_planted_link_is_not_written_through(tmp_path: Path, replace: bool, exists: bool):
    elsewhere = tmp_path / "elsewhere"
    if exists:
        elsewhere.write_text("precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "verification_key.json").symlink_to(elsewhere)

    with pytest.raises(FileError, match="link to another place"):
        save_proof(Outputs(), folder, result(), replace=replace)
    assert elsewhere.exists() == exists
    if exists:
        assert elsewhere.read_text() == "precious"
    assert [path.name for path in folder.iterdir()] == ["verification_key.json"], "nothing was written at all"


def test_a_link_that_is_planted_while_it_is_written_is_not_written_through(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    folder = tmp_path / "folder"
    folder.mkdir()

    class Racing(Outputs):
        def write_public(self, files, **how):
            (folder / "proof.json").symlink_to(elsewhere)
            super().write_public(files, **how)

    save_proof(Racing(), folder, result())
    assert elsewhere.read_text() == "precious"
    assert (folder / "proof.json").read_bytes() == b'{"pi_a": []}\n'


def test_a_folder_of_that_name_is_no_file_to_replace(tmp_path: Path):
    (tmp_path / "proof.json").mkdir()
    with pytest.raises(FileError, match="not a file"):
        save_proof(Outputs(), tmp_path, result(), replace=True)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(FileError, match="no such folder"):
        save_proof(Outputs(), tmp_path / "gone", result())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="cannot be written"):
            save_proof(Outputs(), tmp_path, result())
    finally:
        tmp_path.chmod(0o700)
