import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.languages import make_language
from zkcompanion.base import catalogue
from zkcompanion.base.catalogue import OWN_NAME, Catalogue, available_languages, preferred_languages
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.paths import resource_path

HELLO = msg("Hello {name}.", name="x")
WORKERS = ("{n} worker", "{n} workers")


def test_english_needs_no_file():
    assert Catalogue(()).say(HELLO) == "Hello x."
    assert Catalogue(("en",)).say(msg_n(*WORKERS, n=1)) == "1 worker"


def test_a_language_speaks_and_what_it_lacks_is_english(tmp_path):
    make_language(tmp_path, "es", {"Hello {name}.": "Hola {name}."})
    spoken = Catalogue(("es",), folder=tmp_path)
    assert spoken.say(HELLO) == "Hola x."
    assert spoken.say(msg("Bye.")) == "Bye."
    assert spoken.say(msg("Hello {name}.", name=HELLO)) == "Hola Hola x.."
    assert spoken.say(Message("")) == ""
    assert spoken.translate("") == ""


def test_forms_for_counts_are_those_of_the_language(tmp_path):
    # Polish: 1, 2 to 4, the rest
    make_language(tmp_path, "pl", {WORKERS: ("{n} robotnik", "{n} robotnicy", "{n} robotników")})
    spoken = Catalogue(("pl",), folder=tmp_path)
    assert [spoken.say(msg_n(*WORKERS, n=n)) for n in (1, 2, 5, 22)] == [
        "1 robotnik",
        "2 robotnicy",
        "5 robotników",
        "22 robotnicy",
    ]


def test_each_language_stands_for_its_shorter_forms(tmp_path):
    make_language(tmp_path, "zh-Hans", {"Hello {name}.": "你好{name}。"}, locale="zh")
    make_language(tmp_path, "zh", {"Hello {name}.": "wrong", "Bye.": "再见。", WORKERS: ("{n}个",)})
    spoken = Catalogue(("zh-Hans-CN",), folder=tmp_path)
    assert (spoken.say(HELLO), spoken.say(msg("Bye.")), spoken.say(msg("More."))) == ("你好x。", "再见。", "More.")
    assert spoken.say(msg_n(*WORKERS, n=3)) == "3个"
    assert spoken.say(msg_n("{n} a", "{n} b", n=3)) == "3 b"


def test_the_first_language_that_has_a_sentence_says_it_and_english_has_all(tmp_path):
    make_language(tmp_path, "es", {"Hello {name}.": "Hola {name}."})
    make_language(tmp_path, "fr", {"Hello {name}.": "Salut {name}.", "Bye.": "Adieu."})
    assert Catalogue(("es", "fr"), folder=tmp_path).say(msg("Bye.")) == "Adieu."
    assert Catalogue(("es", "en", "fr"), folder=tmp_path).say(msg("Bye.")) == "Bye."
    assert Catalogue(("en-GB", "fr"), folder=tmp_path).say(msg("Bye.")) == "Bye."


def test_the_pseudo_language_is_had_by_choice_only(tmp_path):
    make_language(tmp_path, "qps", {})
    assert "qps" not in dict(available_languages(tmp_path))
    spoken = Catalogue(("qps",), folder=tmp_path)
    assert spoken.say(HELLO).startswith("⟦Ĥéļļö x.")
    assert spoken.say(msg_n(*WORKERS, n=1)).startswith("⟦1 ŵöŕķéŕ ")
    assert preferred_languages("", {"LANGUAGE": "qps", "LANG": "en_US.UTF-8"})[0] == "qps"


def test_a_translation_with_wrong_fields_is_not_used(tmp_path):
    make_language(tmp_path, "es", {"Hello {name}.": "Hola {nombre}.", WORKERS: ("uno", "{m}")})
    spoken = Catalogue(("es",), folder=tmp_path)
    assert spoken.say(HELLO) == "Hello x."
    assert [spoken.say(msg_n(*WORKERS, n=n)) for n in (1, 2)] == ["uno", "2 workers"]


def test_a_rule_for_plurals_that_fails_gives_english(tmp_path, caplog):
    path = make_language(tmp_path, "es", {WORKERS: ("{n} a", "{n} b")})
    data = path.read_bytes()
    assert data.count(b"plural=(n != 1);") == 1
    path.write_bytes(data.replace(b"plural=(n != 1);", b"plural=(1 % 0);  "[:16]))
    assert Catalogue(("es",), folder=tmp_path).say(msg_n(*WORKERS, n=2)) == "2 workers"
    assert "rule for plurals failed: ZeroDivisionError" in caplog.text


def test_a_damaged_file_is_left_out_and_logged_wherever_it_is_damaged(tmp_path, caplog):
    path = make_language(tmp_path, "es", {"Hello {name}.": "Hola {name}.", WORKERS: ("{n} a", "{n} b")})
    sound = path.read_bytes()
    for at in range(len(sound)):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :])
        spoken = Catalogue(("es",), folder=tmp_path)
        assert isinstance(spoken.say(HELLO), str)
        assert isinstance(spoken.say(msg_n(*WORKERS, n=2)), str)
        assert isinstance(available_languages(tmp_path), tuple)
    for length in range(len(sound)):
        path.write_bytes(sound[:length])
        assert Catalogue(("es",), folder=tmp_path).say(HELLO) in {"Hello x.", "Hola x."}
    assert "The catalogue of es cannot be read" in caplog.text


def test_languages_are_listed_by_their_own_names_english_first(tmp_path):
    make_language(tmp_path, "zh-Hans", {OWN_NAME.template: "简体中文"}, locale="zh")
    make_language(tmp_path, "es", {OWN_NAME.template: "Español"})
    make_language(tmp_path, "fr", {})
    make_language(tmp_path, "no tag", {}, locale="es")
    make_language(tmp_path, "en", {})
    (tmp_path / "de" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "de" / "LC_MESSAGES" / "zkcompanion.mo").write_bytes(b"damaged")
    assert available_languages(tmp_path) == (
        ("en", "English"),
        ("es", "Español"),
        ("fr", "fr"),
        ("zh-Hans", "简体中文"),
    )
    assert available_languages()[0] == ("en", "English")


def test_the_program_s_own_folder_is_the_usual_one(tmp_path, monkeypatch):
    make_language(tmp_path / "translations", "es", {"Bye.": "Adiós."})
    monkeypatch.setattr(catalogue, "resource_path", tmp_path.joinpath)
    assert Catalogue(("es",)).say(msg("Bye.")) == "Adiós."
    assert resource_path("translations").is_dir()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ()),
        ({"LANG": "C"}, ()),
        ({"LANG": "C.UTF-8", "LANGUAGE": "es"}, ()),
        ({"LC_ALL": "POSIX", "LANG": "es_ES"}, ()),
        ({"LANG": "es_ES.UTF-8"}, ("es-ES",)),
        ({"LANG": "es_ES@euro"}, ("es-ES",)),
        ({"LC_MESSAGES": "fr_FR", "LANG": "es_ES"}, ("fr-FR",)),
        ({"LC_ALL": "de", "LC_MESSAGES": "fr_FR", "LANG": "es_ES"}, ("de",)),
        ({"LC_ALL": "", "LANG": "es"}, ("es",)),
        ({"LANG": "de_DE", "LANGUAGE": "es:fr:de_DE"}, ("es", "fr", "de-DE")),
        ({"LANGUAGE": "es"}, ("es",)),
        ({"LANG": "zh_CN.UTF-8"}, ("zh-Hans-CN",)),
        ({"LANG": "zh_TW.Big5"}, ("zh-Hant-TW",)),
        ({"LANG": "zh"}, ("zh-Hans",)),
        ({"LANG": "zh_XX"}, ("zh-XX",)),
        ({"LANG": "zh-hans-cn"}, ("zh-Hans-CN",)),
        ({"LANG": "sr_RS@latin"}, ("sr-Latn-RS",)),
        ({"LANG": "../../etc"}, ()),
        ({"LANG": "e"}, ()),
        ({"LANG": "es\0", "LANGUAGE": "::%%:fr"}, ("fr",)),
    ],
)
def test_the_system_s_languages_are_those_of_its_variables(environment, expected):
    assert preferred_languages("", environment) == expected


def test_a_choice_counts_before_the_system(monkeypatch):
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert preferred_languages("zh-Hans") == ("zh-Hans",)
    assert preferred_languages("en") == ("en",)
    assert preferred_languages("not a language") == ()
    assert preferred_languages("") == ("fr-FR",)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_setting_makes_it_fail(choice, lang, language):
    for tags in (preferred_languages(choice), preferred_languages("", {"LANG": lang, "LANGUAGE": language})):
        assert Catalogue((*tags, choice)).say(msg("x")) in {"x", "⟦ẋ þå⟧", "⟦ẋ⟧", "⟦ẋ ⟧"}


def test_a_start_in_english_does_not_load_gettext():
    code = (
        "import sys; from zkcompanion.base.catalogue import Catalogue, preferred_languages; "
        "Catalogue(preferred_languages('', {'LANG': 'en_US.UTF-8'})); sys.exit('gettext' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
