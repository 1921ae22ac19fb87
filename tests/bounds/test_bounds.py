"""What expressions may cost at most, in instructions counted by valgrind's callgrind.

Evaluating: no expression that is accepted takes more than 5,000,000, whatever the event holds
(events.c: attributes as large as the database allows). Compiling: no text takes more than a stated
number of instructions a byte, and longer texts no more than short ones."""
import json
import re
import subprocess

import pytest

INSTRUCTIONS_MAX = 5_000_000


def measure(build, folder, mode, texts):
    """(answer, instructions) for each text."""
    program = build / "tests" / "bounds" / "measure"
    given = b"".join(b"%d\n%s\n" % (len(text), text) for text in texts)
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "-q",
         f"--callgrind-out-file={folder / 'out'}", program, mode],
        input=given, capture_output=True, timeout=1800)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answers = done.stdout.decode(errors="replace").splitlines()
    assert len(answers) == len(texts)
    results = []
    dumps = 0
    for answer in answers:
        dumped = mode == "compile" or answer.startswith("ok")
        dumps += dumped
        results.append((answer, totals(folder / f"out.{dumps}") if dumped else 0))
    return results


def totals(path):
    return int(re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE).group(1))
