"""The command line as other programs meet it: a process with streams and an exit code."""

import copy
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "resources" / "schemas"
#: For processes whose time or memory is looked at: coverage stays out of them, as its own would count.
BARE = {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}
COMMAND = (sys.executable, "-P", "-m", "zkcompanion")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def data(self):
        """The JSON object on standard output, which must be all that stands there and fit its schema."""
        found = json.loads(self.out)
        check_schema(found)
        return found


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def run(*words, cwd, stdin=None, timeout_s=120, inside=list, **more):
    """`zkcompanion WORDS`; `stdin` is bytes, `inside` what runs the command. No traceback may ever show."""
    done = subprocess.run(
        inside([*COMMAND, *map(str, words)]),
        cwd=cwd,
        input=stdin if stdin is not None else b"",
        capture_output=True,
        timeout=timeout_s,
        env=environment(**more),
        check=False,
    )
    result = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.out + result.err, result.err
    return result


def start(*words, cwd, **more):
    """A running process with text streams."""
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )


def home_with_kernels(home):
    """A home without keys and history, with the kernels that were compiled for the home of the tests."""
    usual = Path(os.environ["ZKCOMPANION_HOME"])
    for name in ("cache", "data"):
        (home / name).mkdir(mode=0o700, parents=True)
    if (usual / "cache" / "code").is_dir():
        (home / "cache" / "code").symlink_to(usual / "cache" / "code")
        (home / "data" / "seal.key").hardlink_to(usual / "data" / "seal.key")
    return home


def closed(schema):
    """The same schema, refusing what it does not name: we print nothing that is not published."""
    if isinstance(schema, dict):
        result = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and "additionalProperties" not in schema:
            result["additionalProperties"] = False
        return result
    return [closed(item) for item in schema] if isinstance(schema, list) else copy.copy(schema)


@cache
def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    return jsonschema.Draft202012Validator(closed(schema))


def check_schema(found):
    """The object fits the schema that it names."""
    *_, name, version = found["schema"].split(":")
    assert version == "1"
    validator(name).validate(found)
