"""The catalogue as CSV: a row for each workload, harmless to spreadsheets."""

import csv
import io
from dataclasses import replace

from tests.support.hardware_examples import workload
from zkcompanion.app.workload_table import workloads_csv
from zkcompanion.base.messages import msg


def rows(*workloads):
    return list(csv.DictReader(io.StringIO(workloads_csv(workloads, str).decode())))


def test_numbers_have_their_digits_and_nothing_stands_for_nothing():
    full, empty = rows(
        workload("a", "well", seconds=1.5, memory=1000), replace(workload("b", "unknown", seconds=None), source=None)
    )
    assert (full["seconds_low"], full["seconds_likely"], full["seconds_high"]) == ("1.35", "1.5", "1.8")
    assert (full["memory_bytes_low"], full["memory_bytes_high"]) == ("900", "1200")
    assert (full["verdict"], full["binding"], full["margin"], full["runs_here"]) == ("well", "memory", "0.5", "yes")
    assert (empty["seconds_likely"], empty["memory_bytes_likely"], empty["margin"], empty["source"]) == ("", "", "", "")


def test_a_name_that_looks_like_a_formula_is_a_text():
    (found,) = rows(replace(workload("a", "well"), name=msg("{name}", name="=1+1"), runs_here=False))
    assert found["name"] == "'=1+1"
    assert found["runs_here"] == "no"
