"""docs/POLICY_LANGUAGE.md: its tables are those of the program, its examples give what it says."""
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ROOT
from test_documents import files_of

PAGE = ROOT / "docs" / "POLICY_LANGUAGE.md"


def cells_of(line):
    return [cell.strip().replace("\\|", "|")
            for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def examples_of(text):
    """(expression, value, error) of every table with a column "example", and "value" or "error"."""
    header = []
    for line in text.splitlines():
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells_of(line)
        elif not line.startswith("|---") and "example" in header:
            row = dict(zip(header, cells_of(line)))
            code = {name: row[name].strip("`") for name in ("example", "value", "error")
                    if name in row}
            yield code["example"], code.get("value"), code.get("error")


def test_tables_are_as_the_program(build):
    """When this fails: tools/docs"""
    done = subprocess.run([build / "tests" / "tools" / "describe", "language"],
                          input=PAGE.read_text(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == PAGE.read_text()


def test_a_page_that_leaves_a_topic_out_is_refused(build):
    page = PAGE.read_text().replace("<!-- table: texts -->", "<!-- table: songs -->")
    done = subprocess.run([build / "tests" / "tools" / "describe", "language"],
                          input=page, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "<!-- table: texts -->" in done.stderr and "songs" in done.stderr


def test_examples_give_what_the_page_says(program, work_dir):
    text = PAGE.read_text()
    (work_dir / "change.json").write_text(dict(files_of(text))["change.json"])
    examples = list(examples_of(text))
    assert len(examples) > 120

    def wrong(example):
        expression, value, error = example
        run = program("eval", "--input", "change.json", "--json", "--", expression)
        answer = json.loads(run.out) if run.out else {"error": run.err}
        good = (error in answer.get("error", "") if error is not None
                else "value" in answer and same(answer["value"], json.loads(value)))
        return None if good else f"{expression}: {answer}, not {value or error}"

    def same(one, other):
        return type(one) is type(other) and one == other

    with ThreadPoolExecutor(4) as pool:
        assert [found for found in pool.map(wrong, examples) if found] == []


@pytest.mark.parametrize("line,cells", [
    ("| a | `b \\| c` |", ["a", "`b | c`"]),
    ("|x|", ["x"]),
])
def test_cells(line, cells):
    assert cells_of(line) == cells


def test_examples_are_found():
    text = ("| example | value |\n|---|---|\n| `1` | `1` |\n\n"
            "| a | example | error |\n|---|---|---|\n| x | `1/0` | `zero` |\n\n"
            "| a |\n|---|\n| b |\n")
    assert list(examples_of(text)) == [("1", "1", None), ("1/0", None, "zero")]
