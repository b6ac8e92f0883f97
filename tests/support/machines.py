"""Other people's computers: trees of Linux's files and answers of systems' programs, from `tests/data/hardware`."""

import re
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "hardware"


def text_of(name):
    return (DATA / name).read_text()


def write(root, name, text):
    """A file in a tree, with the line feed that the kernel ends it with."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def linux_tree(name, root):
    """The files of a computer; `SOURCES.md` says how they are written down. The root, which is made."""
    single, *blocks = re.split(r"^=== (.*)\n", text_of(f"{name}.txt"), flags=re.MULTILINE)
    for line in single.splitlines():
        path, _, content = line.partition("\t")
        numbers = re.search(r"\{(\d+)-(\d+)\}", path)
        first, last = numbers.groups() if numbers else (0, 0)
        for number in range(int(first), int(last) + 1):
            write(root, re.sub(r"\{\d+-\d+\}", str(number), path), content.replace("{}", str(number)))
    for path, content in zip(blocks[::2], blocks[1::2], strict=True):
        write(root, path, content.rstrip("\n"))
    return root


class Answers:
    """A `Run` that knows what some programs say, by the words of the call that tell them apart."""

    def __init__(self, **known):
        self.known = known
        self.asked = []

    def __call__(self, arguments):
        self.asked.append(list(arguments))
        words = " ".join(arguments)
        return next((text for name, text in self.known.items() if name in words), None)
