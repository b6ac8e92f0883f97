"""The command line in another language, through the catalogue that the window uses."""

import json

import pytest

from tests.support.languages import make_language
from zkcompanion.base import catalogue
from zkcompanion.cli.main import main

SPANISH = {
    "Commands:": "Órdenes:",
    "error:": "error de uso:",
    "Funds above a threshold": "Fondos por encima de un umbral",
}


@pytest.fixture
def in_spanish(tmp_path, monkeypatch, own_home):
    folder = tmp_path / "spoken"
    make_language(folder, "es", SPANISH)
    usual = catalogue.resource_path
    monkeypatch.setattr(
        catalogue, "resource_path", lambda *parts: folder if parts == ("translations",) else usual(*parts)
    )
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "es_ES.UTF-8")


def test_it_speaks_the_language_of_the_system(in_spanish, capsys):
    assert main(["--help"]) == 0
    assert "Órdenes:" in capsys.readouterr().out


def test_examples_are_described_in_it(in_spanish, capsys):
    assert main(["examples"]) == 0
    shown = capsys.readouterr().out
    assert "Fondos por encima de un umbral" in shown
    assert "  private: " in shown, "what has no translation is English"


def test_json_is_english_and_the_words_beside_it_are_not(in_spanish, capsys):
    assert main(["examples", "--json"]) == 0
    assert "Funds above a threshold" in capsys.readouterr().out
    assert main(["--nonsense", "--json"]) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["message"].isascii()
    assert shown.err.startswith("error de uso: ")


def test_the_pseudo_language_reaches_every_line_of_the_help(monkeypatch, capsys, own_home):
    monkeypatch.setenv("LC_ALL", "qps")
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "⟦Çöṁṁåñðš:" in shown
    assert "Commands" not in shown
    assert "Options" not in shown
