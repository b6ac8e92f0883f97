"""What is skipped has a reason, and on a machine that must run the peers nothing of theirs is skipped."""

import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rules():
    spec = importlib.util.spec_from_file_location("conftest_of_all_tests", ROOT / "tests" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in ("CI", "ZKC_REQUIRE_NODE", "ZKC_VECTORS"):
        monkeypatch.delenv(name, raising=False)


def with_node(monkeypatch, found):
    monkeypatch.setattr(shutil, "which", lambda name: f"bin/{name}" if found else None)


def test_without_node_its_tests_are_skipped_even_on_ci(rules, monkeypatch):
    with_node(monkeypatch, found=False)
    monkeypatch.setenv("CI", "true")
    assert rules.skip_reasons()["node"] == "Node.js is not installed"


def test_without_the_npm_packages_the_reason_says_how_to_get_them(rules, monkeypatch, tmp_path):
    with_node(monkeypatch, found=True)
    monkeypatch.setattr(rules, "NODE_MODULES", tmp_path)
    assert "run_regression_tests.sh" in rules.skip_reasons()["node"]


@pytest.mark.parametrize(("variable", "value", "found"), [("CI", "true", True), ("ZKC_REQUIRE_NODE", "1", False)])
def test_where_the_peers_must_run_nothing_is_skipped(rules, monkeypatch, tmp_path, variable, value, found):
    with_node(monkeypatch, found=found)
    monkeypatch.setattr(rules, "NODE_MODULES", tmp_path)
    monkeypatch.setenv(variable, value)
    assert "node" not in rules.skip_reasons()


def test_external_data_is_looked_for_beside_the_checkout_or_where_the_variable_says(rules, monkeypatch, tmp_path):
    assert rules.vectors_folder() == ROOT.parent / "shared" / "vectors"
    monkeypatch.setenv("ZKC_VECTORS", str(tmp_path))
    assert "external" not in rules.skip_reasons()
    monkeypatch.setenv("ZKC_VECTORS", str(tmp_path / "gone"))
    assert "ZKC_VECTORS" in rules.skip_reasons()["external"]


def test_the_tests_home_is_not_the_user_s():
    from zkcompanion.base.paths import AppDirs

    assert not AppDirs().data.is_relative_to(Path.home())
