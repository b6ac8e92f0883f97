"""Sentences in the reader's language: one gettext catalogue for window and command line, read by plain Python.

A catalogue is `resources/translations/TAG/LC_MESSAGES/zkcompanion.mo`, TAG a BCP 47 tag such as `es` or `zh-Hans`;
its ids are the English templates. English itself has no file. `docs/translating.md` says how one comes about.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg, render
from zkcompanion.base.paths import resource_path
from zkcompanion.base.pseudo import PSEUDO, pseudo_translate

if TYPE_CHECKING:
    from gettext import GNUTranslations

_LOG = get_logger(__name__)

DOMAIN = "zkcompanion"
SOURCE = "en"

_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
#: A POSIX locale name: language, territory, codeset, modifier.
_LOCALE = re.compile(r"([A-Za-z]{2,8})((?:[_-][A-Za-z0-9]{1,8})*)(?:\.[\w-]+)?(?:@(\w+))?")
#: How Chinese is written where; POSIX names tell the place and not the script.
_CHINESE = {"CN": "Hans", "SG": "Hans", "MY": "Hans", "TW": "Hant", "HK": "Hant", "MO": "Hant"}
_SCRIPTS = {"latin": "Latn", "cyrillic": "Cyrl", "devanagari": "Deva"}
_SETTINGS = ("LC_ALL", "LC_MESSAGES", "LANG")

#: Translators: the name of your own language, as its speakers write it; it stands in the list of languages.
OWN_NAME = msg("English")


class Catalogue:
    """Translates through a chain of languages; what none of them has stays English.

    Arguments:
        languages: tags, the most wanted first; each stands for its shorter forms too (`zh-Hans-CN`, `zh-Hans`, `zh`).
            What follows English is not looked at, because English has every sentence.
        folder: where the languages lie; None is the program's own.

    A file that cannot be read is logged and left out. Safe to use from several threads.
    """

    def __init__(self, languages: Sequence[str], *, folder: Path | None = None) -> None:
        self.languages = tuple(languages)
        self._pseudo = False
        self._found: list[GNUTranslations] = []
        for tag in _chain(self.languages):
            if tag == PSEUDO:
                self._pseudo = True
                break
            found = _load(_file(_folder(folder), tag))
            if found is not None:
                self._found.append(found)

    def say(self, message: Message) -> str:
        """The sentence, messages inside it included."""
        if not self._found and not self._pseudo:
            return render(message)
        return render(message, self.translate, self.translate_count)

    def translate(self, template: str) -> str:
        """The template in the first language that has it, else as it is."""
        if not template:
            return ""
        for translations in self._found:
            found = translations.gettext(template)
            if found != template:
                return found
        return pseudo_translate(template) if self._pseudo else template

    def translate_count(self, singular: str, plural: str, count: int) -> str:
        """The form for `count` in the first language that has it, else the English one."""
        for translations in self._found:
            try:
                found = translations.ngettext(singular, plural, count)
            except Exception as error:  # the rule for plurals is code of the catalogue
                _LOG.warning("A catalogue's rule for plurals failed: %s", type(error).__name__)
                continue
            if found not in {singular, plural}:
                return found
        english = singular if count == 1 else plural
        return pseudo_translate(english) if self._pseudo else english


def preferred_languages(choice: str, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The languages for the user's choice, most wanted first; "" asks the system, as gettext does.

    The first of LC_ALL, LC_MESSAGES and LANG that is set names the language; where it is not `C` or `POSIX`, LANGUAGE
    (a list, `es:fr`) counts before it. A value that is no language is passed over. Empty means English.
    """
    if choice:
        return tuple(_tags(choice))
    given = os.environ if environment is None else environment
    setting = next((given[name] for name in _SETTINGS if given.get(name)), "")
    if setting.partition(".")[0].partition("@")[0] in {"C", "POSIX"}:
        return ()
    names = [*given.get("LANGUAGE", "").split(":"), setting]
    return tuple(dict.fromkeys(tag for name in names for tag in _tags(name)))


def available_languages(folder: Path | None = None) -> tuple[tuple[str, str], ...]:
    """(tag, name in the language itself) of every language there is; English first, the others by tag."""
    found = []
    for path in sorted(_folder(folder).glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        tag = path.parent.parent.name
        translations = _load(path) if _TAG.fullmatch(tag) and tag not in {SOURCE, PSEUDO} else None
        if translations is not None:
            own = translations.gettext(OWN_NAME.template)
            found.append((tag, tag if own == OWN_NAME.template else own))
    return ((SOURCE, OWN_NAME.template), *found)


def _folder(folder: Path | None) -> Path:
    return resource_path("translations") if folder is None else folder


def _file(folder: Path, tag: str) -> Path:
    return folder / tag / "LC_MESSAGES" / f"{DOMAIN}.mo"


def _chain(languages: Sequence[str]) -> Iterator[str]:
    """Each tag and its shorter forms, up to English."""
    seen = set()
    for language in languages:
        parts = language.split("-")
        if parts[0].lower() == SOURCE:
            return
        for length in range(len(parts), 0, -1):
            tag = "-".join(parts[:length])
            if _TAG.fullmatch(tag) and tag not in seen:
                seen.add(tag)
                yield tag


def _tags(name: str) -> Iterator[str]:
    """The tag of a POSIX locale name or of a tag; nothing for what is neither."""
    match = _LOCALE.fullmatch(name.strip())
    if match is None:
        return
    parts = [match[1].lower(), *(part for part in re.split("[_-]", match[2]) if part)]
    parts[1:] = [part.title() if len(part) == 4 else part.upper() for part in parts[1:]]
    script = _SCRIPTS.get((match[3] or "").lower())
    if script is None and parts[0] == "zh":
        script = _CHINESE.get(parts[1] if len(parts) > 1 else "CN")
    if script is not None:
        parts.insert(1, script)
    yield "-".join(parts)


def _load(path: Path) -> GNUTranslations | None:
    """The catalogue at `path`; None where there is none or it is damaged."""
    if not path.is_file():
        return None
    from gettext import GNUTranslations  # costs a start in English nothing

    try:
        with path.open("rb") as stream:
            return GNUTranslations(stream)
    except Exception as error:  # whatever a damaged file leads the parser to
        _LOG.warning("The catalogue of %s cannot be read: %s", path.parent.parent.name, type(error).__name__)
        return None
