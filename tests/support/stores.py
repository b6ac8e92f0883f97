"""Stores in tests: opened again as by a next start, looked into and bent from outside."""

import sqlite3
from contextlib import closing

import pytest


class Starts:
    """Opens what keeps a store, after what was opened before on the same home was closed; all are closed at the end."""

    def __init__(self, make):
        self._make = make
        self._open = {}

    def __call__(self, home, *arguments, **options):
        self.end(home)
        made = self._open[home] = self._make(home, *arguments, **options)
        return made

    def end(self, home):
        if home in self._open:
            self._open.pop(home).close()

    def end_all(self):
        for home in list(self._open):
            self.end(home)


def starts(make):
    """A fixture's body."""

    @pytest.fixture
    def fixture():
        made = Starts(make)
        yield made
        made.end_all()

    return fixture


def rows(path, sql, *values):
    """What a query finds in a file that nobody needs to have open."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


def bend(path, *statements):
    """Run statements on a file that is not open."""
    with closing(sqlite3.connect(path)) as connection:
        for statement, values in statements:
            connection.execute(statement, values)
        connection.commit()
