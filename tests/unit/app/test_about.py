import re
import tomllib
from pathlib import Path

import pytest

from zkcompanion import __version__
from zkcompanion.app import about as module
from zkcompanion.app.about import DEPENDENCIES, about, licence_text

ROOT = Path(__file__).parents[3]


def test_the_libraries_are_those_that_the_project_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.match(r"[\w.-]+", need)[0] for need in project["dependencies"]}
    assert set(DEPENDENCIES) == declared
    assert project["license"] == about().licence


def test_each_has_a_version_and_a_licence_and_names_no_place():
    view = about()
    assert view.version == __version__
    names = [part.name for part in view.parts]
    assert {"numpy", "llvmlite", "wasmtime", "psutil", "shiboken6", "PySide6_Essentials"} <= set(names)
    assert names == sorted(names, key=str.lower)
    assert len(set(names)) == len(names)
    for part in view.parts:
        assert part.version
        assert part.licence
        assert "/" not in part.name + part.version + part.licence
        assert "\n" not in part.licence


def test_tools_for_tests_are_no_part_of_it():
    assert not {"pytest", "hypothesis", "ruff", "Babel"} & {part.name for part in about().parts}


def test_licences_can_be_read_whole():
    assert "Redistribution and use" in licence_text("psutil")
    assert "LLVM" in licence_text("llvmlite")
    assert str(ROOT) not in licence_text("numpy")
    assert licence_text("no-such-part") == ""


def test_a_library_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "DEPENDENCIES", ("no-such-part", "psutil"))
    assert [part.name for part in about().parts] == ["psutil"]


def make_part(folder, metadata, files=()):
    info = folder / "part-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: part\nVersion: 1.0\n{metadata}")
    for name in files:
        path = info / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"text of {name}")
    (info / "RECORD").write_text("".join(f"part-1.0.dist-info/{name},,\n" for name in files))


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT\nLicense: other\n", "MIT"),
        ("Classifier: Topic :: X\nClassifier: License :: OSI Approved :: BSD License\nLicense: other\n", "BSD License"),
        ("License: Apache License\n        Version 2.0\n        and all of it\n", "Apache License"),
        ("", ""),
    ],
)
def test_a_licence_stands_where_its_author_put_it(tmp_path, monkeypatch, metadata, licence):
    make_part(
        tmp_path, metadata + "Requires-Dist: psutil\nRequires-Dist: pytest; extra == 'test'\nRequires-Dist: part\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "DEPENDENCIES", ("part",))
    assert [(part.name, part.licence) for part in about().parts if part.name == "part"] == [("part", licence)]
    assert [part.name for part in about().parts] == ["part", "psutil"]


def test_every_licence_file_of_a_part_is_shown(tmp_path, monkeypatch):
    make_part(tmp_path, "", ["licenses/LICENSE.txt", "licenses/NOTICE", "COPYING", "top_level.txt"])
    monkeypatch.syspath_prepend(tmp_path)
    assert licence_text("part") == "text of COPYING\n\ntext of licenses/LICENSE.txt\n\ntext of licenses/NOTICE"
