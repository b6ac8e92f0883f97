"""What `batch` says of what it found."""

from zkcompanion.app.batch import BatchItem, BatchView
from zkcompanion.app.error_views import ErrorView
from zkcompanion.base.errors import ExitCode
from zkcompanion.base.messages import msg
from zkcompanion.cli.batch import batch
from zkcompanion.cli.commands import Arguments


class App:
    def __init__(self, *items):
        self.items = items

    def prove_batch(self, *_words, **_options):
        return BatchView("c", "out", self.items, 1.0)


def failed(name, code):
    return BatchItem(name, "failed", error=ErrorView(code, msg("Why."), msg("Do this.")))


def outcome(*items):
    return batch(App(*items), Arguments({"CIRCUIT": "c", "INPUTS_DIR": "in"}, {}), None)


def test_the_exit_code_is_that_of_the_first_failure():
    assert outcome(BatchItem("a", "proved", 1.0)).exit_code is ExitCode.OK
    assert outcome(failed("a", "unsatisfied-witness"), failed("b", "bad-file")).exit_code is ExitCode.INVALID
    assert outcome(failed("a", "bad-file")).exit_code is ExitCode.BAD_FILE
    assert outcome(failed("a", "unheard-of")).exit_code is ExitCode.BUG
    assert outcome(BatchItem("a", "failed")).exit_code is ExitCode.BUG


def test_people_are_shown_twenty_failures_and_programs_all():
    found = outcome(*(failed(str(number), "input") for number in range(25)), BatchItem("z", "skipped"))
    lines = [str(line) for line in found.lines]
    assert sum("Why." in line for line in lines) == 20
    assert lines[-1] == "5 more failed."
    assert len(found.data["proofs"]) == 26
    assert found.data["proofs"][0]["error"]["hint"] == "Do this."
