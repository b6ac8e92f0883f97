"""A new secret is led through what can happen to a proof, and looked for in every encoding in all that is left.

`test_cli_privacy.py` has more endings, one by one; the long form of all of it is row X6 of
`scripts/measure_requirements.py`.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
import zlib

import pytest

from tests.support.canary import Story, canary, errors, forms, holds, leaks
from tests.support.cli import check_schema, home_with_kernels
from zkcompanion.proving.fields import FR

pytestmark = [pytest.mark.integration, pytest.mark.kernels, pytest.mark.beside]

SECRET = 15203845779129903358127648230985107721461183064275961502946183501772304416085
NIGHTLY = bool(os.environ.get("ZKC_NIGHTLY"))


def test_a_secret_is_nowhere_after_all_that_can_happen_to_it(tmp_path, monkeypatch):
    if not NIGHTLY:
        # the others are in test_cli_privacy.py
        monkeypatch.setattr(errors, "ENDINGS", [one for one in errors.ENDINGS if one[0] in {"SIGKILL", "ValueError"}])
        monkeypatch.setattr(errors, "_FILES_OF_A_BATCH", 2)
    home = home_with_kernels(tmp_path / "home")
    secret, inputs = errors.secret_inputs()
    story = Story(tmp_path / "story", secret, home)
    story.folder.mkdir()
    assert errors.lead_through(story, inputs, tmp_path / "given") == []
    assert (home / "state" / "zkcompanion.log").stat().st_size > 0, "there is a log to look at"
    assert story.search() == []


def test_provoked_errors_say_whose_fault_they_are_and_what_to_do(tmp_path):
    home, folder = home_with_kernels(tmp_path / "home"), tmp_path / "files"
    folder.mkdir()
    if NIGHTLY:
        count, wrong = errors.errors_told(folder, home)
        assert count >= 10
        assert wrong == []
        return
    story = Story(folder, SECRET, home)
    chosen = {"missing-file", "disk-full", "not-allowed", "kernels-unavailable"}
    for error in errors.provoked(folder):
        if error.code in chosen:
            process = story.start(*error.how, *error.words, "--json")
            out, err = process.communicate(error.stdin, timeout=120)
            if process.returncode != 77:
                assert list(errors.judged(error, process.returncode, out, err)) == []
                check_schema(json.loads(out))


def packed(text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.json", text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "write",
    [
        lambda value: str(value).encode(),
        lambda value: f"0x{value:x}".encode(),
        lambda value: f"0X{value:064X}".encode(),
        lambda value: value.to_bytes(32, "little"),
        lambda value: value.to_bytes(32, "big"),
        lambda value: FR.to_mont(value).to_bytes(32, "little"),
        lambda value: FR.to_mont(value).to_bytes(32, "big"),
        lambda value: value.to_bytes(32, "little").hex().encode(),
        lambda value: repr(value.to_bytes(32, "big")).encode(),
        lambda value: base64.b64encode(b"ab" + value.to_bytes(32, "big") + b"c"),
        lambda value: base64.urlsafe_b64encode(b'{"salt": "' + str(value).encode() + b'"}'),
        lambda value: base64.b64encode(f"x{value:x}".encode()),
        lambda value: "".join(f"\\u00{ord(digit):02x}" for digit in str(value)).encode(),
        lambda value: f'{{"salt": "{value}"}}'.encode("utf-16"),
        lambda value: str(value).encode("utf-16-be"),
        lambda value: gzip.compress(str(value).encode()),
        lambda value: zlib.compress(str(value).encode()),
        lambda value: bz2.compress(str(value).encode()),
        lambda value: lzma.compress(str(value).encode()),
        lambda value: packed(str(value)),
        lambda value: b"".join((value >> 52 * i & (1 << 52) - 1).to_bytes(8, "little") for i in range(5)),
    ],
)
def test_every_encoding_is_found(tmp_path, write):
    for secret in (SECRET, errors.secret_inputs()[0]):
        assert holds(b"before " + write(secret) + b" after", secret) or holds(write(secret), secret)
        assert not holds(write(secret ^ 1 << 250 ^ 1 << 180 ^ 1 << 130 ^ 1 << 100 ^ 1 << 60 ^ 1), secret)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(write(SECRET))
    assert list(leaks(tmp_path, SECRET)) == ["file"]


@pytest.mark.parametrize("content", [b"\x1f\x8bno gzip", b"BZhno", b"\xfd7zXZno", b"PKno", b"\x78\x9cno", b"", b"\x78"])
def test_what_only_looks_packed_is_no_fault(content):
    assert not holds(content, SECRET)


def test_names_and_linked_folders_are_looked_at(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "in").write_text(str(SECRET))
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there")
    (tmp_path / "here" / f"{SECRET:x}").touch()
    assert sorted(leaks(tmp_path / "here", SECRET)) == sorted([f"{SECRET:x}", "in"])


@pytest.mark.skipif(sys.platform != "linux", reason="processes as Linux shows them")
def test_command_lines_and_environments_are_looked_at():
    with canary.ProcessWatch() as watch:
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()', sys.argv[1]])"
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(SECRET)], stdin=subprocess.PIPE, env={**os.environ, "HEX": f"{SECRET:x}"}
        )
        while len(watch.processes) < 2 or str(SECRET).encode() not in watch.shown():
            assert process.poll() is None
        process.communicate(b"\n", timeout=60)
    assert f"HEX={SECRET:x}".encode() in watch.shown()
    assert any(form in watch.shown() for form in forms(SECRET))
