"""Gathers what "find anything" can find: pages and their places, examples, and deeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zkcompanion.app.examples import Example
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page
from zkcompanion.ui.shell.actions import Deed
from zkcompanion.ui.shell.finder import Found


def gather(
    context: WindowContext, pages: Iterable[type[Page]], deeds: Iterable[Deed], examples: Iterable[Example]
) -> list[Found]:
    """In the order in which they are listed before anything is typed."""
    pages = tuple(pages)
    return [
        *_pages(context, pages),
        *_examples(context, examples),
        *_places(context, pages),
        *_deeds(context, deeds),
    ]


def _pages(context: WindowContext, pages: Iterable[type[Page]]) -> Iterator[Found]:
    say = context.say
    for page in pages:
        yield Found(
            say(page.title),
            say(msg("Page")),
            page.icon,
            lambda page=page: context.shell.go(page.id),  # type: ignore[misc]
            (say(page.question),),
        )


def _examples(context: WindowContext, examples: Iterable[Example]) -> Iterator[Found]:
    say = context.say
    for example in examples:
        yield Found(
            say(example.title),
            say(msg("Example")),
            "prove",
            lambda example=example: context.shell.go("prove", example=example.id),  # type: ignore[misc]
            (example.id, *map(say, example.summary[:1])),
        )


def _places(context: WindowContext, pages: Iterable[type[Page]]) -> Iterator[Found]:
    say = context.say
    for page in pages:
        for place in page.places():
            yield Found(
                say(place.title),
                say(page.title),
                place.icon,
                lambda place=place: context.shell.go(place.page, **dict(place.where)),  # type: ignore[misc]
                tuple(map(say, place.words)),
            )


def _deeds(context: WindowContext, deeds: Iterable[Deed]) -> Iterator[Found]:
    say = context.say
    for deed in deeds:
        if deed.listed:
            yield Found(say(deed.title), deed.shown_keys, deed.icon, deed.run, tuple(map(say, deed.words)))
