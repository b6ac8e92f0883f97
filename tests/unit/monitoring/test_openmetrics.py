"""The text is OpenMetrics 1.0 by the grammar of the standard, written down here once more."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkcompanion.monitoring.metrics import METRICS
from zkcompanion.monitoring.openmetrics import Counts, exposition, name_of
from zkcompanion.monitoring.samples import Sample

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
ESCAPED = r'(?:[^\\"\n]|\\[\\"n])*'
LABELS = rf'\{{(?:{NAME}="{ESCAPED}"(?:,{NAME}="{ESCAPED}")*)?\}}'
NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
HELP = re.compile(rf"# HELP ({NAME}) ({ESCAPED})")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge)")
UNIT = re.compile(rf"# UNIT ({NAME}) ([a-z_]+)")
SAMPLE = re.compile(rf"({NAME})({LABELS})? ({NUMBER})")


def parse(text):
    """Families by name: type, unit and samples by labels. Raises AssertionError for what the standard refuses."""
    assert text.endswith("# EOF\n"), "the last line ends with a line feed too"
    *lines, end = text.removesuffix("\n").split("\n")
    assert end == "# EOF"
    families, current = {}, None
    for line in lines:
        for pattern, key in ((HELP, "help"), (TYPE, "type"), (UNIT, "unit")):
            found = pattern.fullmatch(line)
            if found:
                if current != found[1]:
                    assert found[1] not in families, "a family stands in one piece"
                    current = found[1]
                    families[current] = {"samples": {}}
                assert key not in families[current]
                assert not families[current]["samples"], "metadata stands before the samples"
                families[current][key] = found[2]
                if key == "unit":
                    assert current.endswith("_" + found[2])
                break
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            family = families[current]
            suffix = {"counter": "_total", "gauge": ""}[family["type"]]
            assert found[1] == current + suffix
            labels = found[2] or ""
            assert labels not in family["samples"], "a series stands once"
            family["samples"][labels] = float(found[3])
            assert family["type"] == "gauge" or family["samples"][labels] >= 0
    assert all(family["samples"] for family in families.values())
    return families


def sample(values, unix_s=1.7e9, monotonic_s=10.0):
    return Sample(unix_s, monotonic_s, values)


def test_values_have_base_units_and_labels():
    families = parse(
        exposition(
            sample(
                {
                    "machine.core/0": 50.0,
                    "machine.core/11": 12.5,
                    "machine.memory": 1.5e9,
                    "worker.busy/prover-2": 0.25,
                    "proofs.seconds": 2.5,
                    "machine.frequency": 2.4e9,
                    "engine.waiting": 3.0,
                    "machine.disk_read": 1e-7,
                }
            ),
            {},
            version="1.2",
        )
    )
    core = families["zkcompanion_machine_core_ratio"]
    assert core["samples"] == {'{core="0"}': 0.5, '{core="11"}': 0.125}
    assert (core["type"], core["unit"], core["help"]) == ("gauge", "ratio", "Processor core")
    assert families["zkcompanion_machine_memory_bytes"]["samples"] == {"": 1.5e9}
    assert families["zkcompanion_worker_busy_ratio"]["samples"] == {'{worker="prover-2"}': 0.25}
    assert families["zkcompanion_proofs_seconds"]["samples"] == {"": 2.5}
    assert families["zkcompanion_engine_waiting"]["samples"] == {"": 3.0}
    assert "unit" not in families["zkcompanion_engine_waiting"]
    assert families["zkcompanion_machine_disk_read_bytes_per_second"]["samples"] == {"": 1e-7}
    assert families["zkcompanion_sample_timestamp_seconds"]["samples"] == {"": 1.7e9}
    assert families["zkcompanion_version"]["samples"] == {'{version="1.2"}': 1.0}


def test_what_is_told_by_second_is_a_counter():
    counts = Counts()
    counts.add(sample({"proofs.verified": 2.0, "monitor.missed": 0.0}, monotonic_s=10.0))
    # three in a second that was 4 ms longer by one clock than by the other
    counts.add(sample({"proofs.verified": 3 / 1.002, "monitor.missed": 2.0}, monotonic_s=11.006))
    counts.add(sample({"monitor.missed": 1.0}, monotonic_s=12.0))
    counts.add(sample({"proofs.verified": 0.2}, monotonic_s=17.0))
    last = sample({"proofs.verified": 0.2, "monitor.missed": 0.0})
    families = parse(exposition(last, counts.counts(), version="1"))
    verified = families["zkcompanion_proofs_verified"]
    assert (verified["type"], verified["samples"]) == ("counter", {"": 6.0})
    assert families["zkcompanion_monitor_missed"]["samples"] == {"": 3.0}


def test_what_is_no_number_is_not_counted():
    counts = Counts()
    for value in (2.0, math.nan, math.inf, 3.0):
        counts.add(Sample(1.0, 1.0, {"proofs.verified": value, "monitor.missed": value}))
    assert counts.counts()["monitor.missed"] == 5.0
    assert counts.counts()["proofs.verified"] == 2.0


def test_before_the_first_sample_there_is_a_text_all_the_same():
    assert parse(exposition(None, {}, version="1")).keys() == {"zkcompanion_version"}


def test_every_metric_has_a_name_of_its_own_that_ends_with_its_unit():
    names = [name_of(metric) for metric in METRICS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("zkcompanion_[a-z_]+", name) for name in names)
    assert not [name for name in names if name.endswith(("_total", "_info", "_created", "_count", "_sum", "_bucket"))]


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.builds(
            lambda name, label: name if label is None else f"{name}/{label}",
            st.sampled_from(sorted(METRICS)),
            st.none() | st.text(max_size=200),
        ),
        st.floats(),
        max_size=8,
    )
)
def test_whatever_a_label_or_a_value_is_the_text_is_read(values):
    # a series without a label beside one with is no series of ours, where its metric has labels
    fitting = {
        series: value
        for series, value in values.items()
        if (METRICS[series.partition("/")[0]].label is None) == ("/" not in series) and len(series) < 128
    }
    counts = Counts()
    counts.add(sample({series: abs(value) for series, value in fitting.items() if abs(value) < 1e9}))
    parse(exposition(sample(fitting), counts.counts(), version='1"\\\n'))


def test_a_series_of_another_version_is_left_out():
    counts = Counts()
    counts.add(sample({"gone.metric": 1.0}))
    assert parse(exposition(sample({"gone.metric": 1.0}), counts.counts(), version="1")).keys() == {
        "zkcompanion_version",
        "zkcompanion_sample_timestamp_seconds",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# EOF",
        "a 1\n# EOF\n",
        "# TYPE a gauge\na 1\n",
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a gauge\na x\n# EOF\n",
    ],
)
def test_the_grammar_can_refuse(text):
    with pytest.raises((AssertionError, KeyError)):
        parse(text)
