"""The lock files are what `scripts/update_locks.sh` and npm made of the current declarations."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED_FOR = {
    "python_version": "3.11",
    "python_full_version": "3.11.0",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
}


def pins(lock):
    found = re.findall(r"^([\w.-]+)==(\S+) \\$", (ROOT / lock).read_text(), re.MULTILINE)
    assert len(dict(found)) == len(found)
    return dict(found)


def unlocked(requirements, pinned):
    """Requirements that the lock does not hold or holds in another version."""
    for need in map(Requirement, requirements):
        if need.marker is None or need.marker.evaluate(LOCKED_FOR):
            version = pinned.get(canonicalize_name(need.name))
            if version is None or version not in need.specifier:
                yield f"{need} (locked: {version})"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_locks_have_hashes_and_name_no_place(lock):
    text = (ROOT / lock).read_text()
    hashed = re.findall(r"^\S+==\S+ \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE)
    assert len(hashed) == len(re.findall(r"^\w", text, re.MULTILINE)) > 10
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)


def test_what_the_project_declares_is_locked():
    needs = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    assert list(unlocked(needs, pins("requirements.lock"))) == []
    tests = PROJECT["project"]["optional-dependencies"]["test"]
    assert list(unlocked(needs + tests, pins("requirements-test.lock"))) == []


def test_the_test_lock_holds_the_program_s_pins():
    assert pins("requirements.lock").items() <= pins("requirements-test.lock").items()


def test_a_declaration_that_is_not_locked_is_seen():
    pinned = {"numpy": "2.1.0"}
    needs = ["numpy>=2.2", "NumPy>=2.1", "scipy", "pywin32; sys_platform == 'win32'"]
    assert list(unlocked(needs, pinned)) == ["numpy>=2.2 (locked: 2.1.0)", "scipy (locked: None)"]


def test_the_npm_lock_is_that_of_package_json_and_names_no_download_address():
    folder = ROOT / "tests" / "interop"
    declared = json.loads((folder / "package.json").read_text())
    lock = json.loads((folder / "package-lock.json").read_text())
    assert lock["packages"][""]["dependencies"] == declared["dependencies"]
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(
        entry.get("integrity", "").startswith("sha512-") and "resolved" not in entry for entry in installed.values()
    )
    for name, version in declared["dependencies"].items():
        assert installed[f"node_modules/{name}"]["version"] == version
