"""What every test gets: a home of its own, fixed randomness, and reasons for what is skipped."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "tests" / "interop" / "node_modules"
NIGHTLY = os.environ.get("ZKC_NIGHTLY") == "1"

#: The short suite repeats the same examples on every machine; the nightly one looks for new ones and prints how to
#: repeat a failure.
settings.register_profile(
    "ci", max_examples=50, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "nightly", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("nightly" if NIGHTLY else "ci")

_made_home: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Point the program at a home that is not the user's, before any test module is imported.

    ZKC_TEST_HOME names one that several runs share (the regression script does, so that kernels are compiled once).
    """
    home = os.environ.get("ZKC_TEST_HOME")
    if not home:
        home = tempfile.mkdtemp(prefix="zkc-tests-")
        _made_home.append(home)
    os.environ["ZKCOMPANION_HOME"] = home
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the home that this run made."""
    while _made_home:
        shutil.rmtree(_made_home.pop(), ignore_errors=True)


def vectors_folder() -> Path:
    """Test data of other tools: ZKC_VECTORS, or `shared/vectors` beside the checkout."""
    named = os.environ.get("ZKC_VECTORS")
    return Path(named) if named else ROOT.parent / "shared" / "vectors"


def node_must_run() -> bool:
    """Whether a missing peer fails the node tests instead of skipping them."""
    on_ci = os.environ.get("CI") == "true" and shutil.which("node") is not None
    return os.environ.get("ZKC_REQUIRE_NODE") == "1" or on_ci


def skip_reasons() -> dict[str, str]:
    """Marker to the reason why its tests cannot run here; a marker that can run is not in it."""
    reasons: dict[str, str] = {}
    if not vectors_folder().is_dir():
        reasons["external"] = "no test data of other tools beside the checkout (ZKC_VECTORS names the folder)"
    if not node_must_run():
        if shutil.which("node") is None:
            reasons["node"] = "Node.js is not installed"
        elif not (NODE_MODULES / "snarkjs").is_dir():
            reasons["node"] = "snarkjs is not installed; scripts/run_regression_tests.sh installs it"
    if not NIGHTLY:
        reasons["nightly"] = "long form, only with ZKC_NIGHTLY=1"
    return reasons


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by marker, with the reason."""
    reasons = skip_reasons()
    for item in items:
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def external_vectors() -> Path:
    """The folder of other tools' test data; for tests marked `external`."""
    return vectors_folder()


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for one test, for those that need to see what is made."""
    home = tmp_path / "home"
    monkeypatch.setenv("ZKCOMPANION_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Makes empty folders, in memory where the system has such a place: for tests that open stores by the hundred and
    would wait for the disk each time. What a disk keeps is not their claim.
    """
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield lambda: tmp_path_factory.mktemp("quick")
        return
    with tempfile.TemporaryDirectory(prefix="zkc-tests-", dir=shared) as home:
        yield lambda: Path(tempfile.mkdtemp(dir=home))
