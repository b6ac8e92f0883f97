"""The message catalogue is what the sources give; `scripts/update_catalogue.py` brings it up to date."""

import gettext
import json

import pytest

from tests.support.scripts import load_script

catalogue = load_script("update_catalogue")


def make_sources(root, code='msg("One {x}.", x=1)\n'):
    for folder in ("zkcompanion", "resources/translations/es/LC_MESSAGES", "resources/circuits/tiny"):
        (root / folder).mkdir(parents=True)
    (root / "zkcompanion" / "a.py").write_text(code)
    example = {
        "id": "tiny",
        "title": "Tiny",
        "summary": ["One sentence.", "Another."],
        "reveals": ["This."],
        "hides": ["That."],
        "signals": [{"name": "a", "visibility": "public", "label": "Label", "note": "Note."}],
        "sources": ["A book"],
    }
    (root / "resources/circuits/tiny/example.json").write_text(json.dumps(example))
    po = root / "resources/translations/es/LC_MESSAGES/zkcompanion.po"
    po.touch()
    return po


def test_the_catalogue_is_up_to_date_or_run_scripts_update_catalogue():
    behind = [
        path.name
        for path, content in catalogue.targets(catalogue.ROOT)
        if not path.is_file() or path.read_bytes() != content
    ]
    assert behind == [], "sentences were added or changed: run .venv/bin/python scripts/update_catalogue.py"


def test_every_kind_of_sentence_is_taken_up(tmp_path):
    code = (
        "# Translators: greeting\n"
        'msg("Hello {name}.", name=x)\n'
        'msg("a sentence "\n    "in two parts")\n'
        'msg_n("{n} worker", "{n} workers", n=2)\n'
        'msg("")\n'
        'other("no sentence")\n'
    )
    make_sources(tmp_path, code)
    found = {found: comments for _, found, comments in catalogue.sentences(tmp_path)}
    assert found["Hello {name}."] == ["Translators: greeting"]
    assert {"a sentence in two parts", ("{n} worker", "{n} workers")} < set(found)
    assert {"Tiny", "One sentence.", "Another.", "This.", "That.", "Label", "Note."} < set(found)
    assert not {"", "no sentence", "A book", "public", "a"} & set(found)


def test_the_same_sources_give_the_same_bytes_without_dates_or_lines(tmp_path):
    make_sources(tmp_path)
    first = dict(catalogue.targets(tmp_path))
    source = tmp_path / "zkcompanion" / "a.py"
    source.write_text("# a line more\n" + source.read_text())
    assert dict(catalogue.targets(tmp_path)) == first
    assert not any(word in content for content in first.values() for word in (b"-Date", b"Translator:", b"a.py:"))


def test_a_translation_is_kept_compiled_and_outlives_its_sentence(tmp_path, capsys):
    po = make_sources(tmp_path)
    assert catalogue.main(["--check"], tmp_path) == 1
    assert "out of date; run scripts/update_catalogue.py" in capsys.readouterr().out
    assert catalogue.main([], tmp_path) == 0
    assert catalogue.main(["--check"], tmp_path) == 0
    po.write_text(po.read_text().replace('"One {x}."\nmsgstr ""', '"One {x}."\nmsgstr "Uno {x}."'))
    assert catalogue.main([], tmp_path) == 0
    with po.with_suffix(".mo").open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("One {x}.") == "Uno {x}."
    (tmp_path / "zkcompanion" / "a.py").write_text('msg("Two")\n')
    catalogue.main([], tmp_path)
    assert '#~ msgstr "Uno {x}."' in po.read_text()
    assert 'msgid "Two"' in po.read_text()


def test_a_guess_is_no_translation(tmp_path):
    po = make_sources(tmp_path)
    catalogue.main([], tmp_path)
    po.write_text(po.read_text().replace('msgid "One {x}."\nmsgstr ""', 'msgid "One {x}."\nmsgstr "Uno {x}."'))
    po.write_text(po.read_text().replace("python-brace-format\nmsgid", "fuzzy, python-brace-format\nmsgid"))
    catalogue.main([], tmp_path)
    with po.with_suffix(".mo").open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("One {x}.") == "One {x}."


def test_one_sentence_with_two_plurals_is_refused(tmp_path):
    make_sources(tmp_path, 'msg_n("{n} key", "{n} keys", n=1)\nmsg_n("{n} key", "{n} of them", n=1)\n')
    with pytest.raises(SystemExit, match="say one of them in another way"):
        catalogue.main([], tmp_path)


def test_a_per_cent_sign_is_no_format():
    assert catalogue.flags("100 % of {x}") == ["python-brace-format"]
    assert catalogue.flags("100 % done") == []
