"""`zkcompanion settings`: a limit of the cache that a command sets holds for the next."""

import pytest

from tests.support.cli import run

pytestmark = [pytest.mark.integration, pytest.mark.beside]


def test_a_limit_of_the_cache_holds_for_the_next_command(tmp_path, own_home):
    done = run("settings", "set", "cache_entries", "128", "--json", cwd=tmp_path)
    assert (done.code, done.data["settings"][0]["value"]) == (0, 128)
    assert run("cache", "stats", "--json", cwd=tmp_path).data["max_entries"] == 128
    assert run("settings", "set", "cache_entries", "1", cwd=tmp_path).code == 2
    assert run("settings", "reset", "cache_entries", cwd=tmp_path).code == 0
    assert run("cache", "stats", "--json", cwd=tmp_path).data["max_entries"] == 512
