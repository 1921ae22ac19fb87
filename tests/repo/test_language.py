"""docs/POLICY_LANGUAGE.md: its tables are those of the program, its examples give what it says."""
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ROOT
from test_documents import files_of

PAGE = ROOT / "docs" / "POLICY_LANGUAGE.md"
FAILURE = re.compile(r'\b(?:failure_text|value_failure|build_failure)\('
                     r'(?:[^";]*?)((?:"(?:[^"\\]|\\.)*"\s*)+)')
# What the checker does not let happen; of variables in circles the page tells in other words.
INTERNAL = {"...", "... cannot be called", "a macro failed", "there is no event yet",
            "messages are not available: ...", "too many loop variables...",
            "unknown function: ...", "unknown name: ...",
            "a variable depends on itself", "variables read each other too deeply"}


def cells_of(line):
    return [cell.strip().replace("\\|", "|")
            for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def rows_of(text, column):
    """The rows of every table that has this column, each as a dict."""
    header = []
    for line in text.splitlines():
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells_of(line)
        elif not line.startswith("|---") and column in header:
            yield dict(zip(header, cells_of(line)))


def examples_of(text):
    """(expression, value, error) of every table with a column "example", and "value" or "error"."""
    for row in rows_of(text, "example"):
        code = {name: row[name].strip("`") for name in ("example", "value", "error") if name in row}
        yield code["example"], code.get("value"), code.get("error")


def same(one, other):
    return type(one) is type(other) and one == other


def pattern_of(error):
    """"..." in the text of an error stands for anything."""
    return ".+".join(map(re.escape, error.split("...")))


def untold(told, sources):
    """Texts by which an expression fails, in C sources, that are none of those told."""
    said = {template_of(literal) for source in sources for literal in FAILURE.findall(source)}
    return sorted(said - set(told))


def template_of(literal):
    """"..." for what printf puts in; the parts of a literal put together."""
    text = re.sub(r'"\s*"', "", literal).strip('"')
    text = re.sub(r"%(?!%)[.*\d]*(?:ll|z)?[a-zA-Z]", "...", text)
    return re.sub(r"\\(.)", r"\1", text.replace("%%", "%"))


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
        good = (re.search(pattern_of(error), answer.get("error", "")) if error is not None
                else "value" in answer and same(answer["value"], json.loads(value)))
        return None if good else f"{expression}: {answer}, not {value or error}"

    with ThreadPoolExecutor(4) as pool:
        assert [found for found in pool.map(wrong, examples) if found] == []


def test_every_text_of_a_failure_is_told():
    """When this fails: a row in lib/cel/library/manual_errors.c, then tools/docs"""
    told = {row["error"] for row in rows_of(PAGE.read_text(), "error")} | INTERNAL
    sources = [path.read_text() for path in sorted((ROOT / "lib" / "cel").rglob("*.c"))]
    assert untold(told, sources) == []


def test_every_type_of_a_signature_is_told():
    text = (ROOT / "lib" / "cel" / "library" / "library.c").read_text()
    named = {word for signature in re.findall(r'"(\(.*\) -> [^"]+)"', text)
             for word in re.findall(r"[a-zA-Z_.]{2,}", signature.replace("...", ""))}
    told = {row["type"].strip("`") for row in rows_of(PAGE.read_text(), "type")}
    assert len(named) > 10
    assert sorted(named - told) == []


def test_untold():
    source = 'return failure_text("a " "b"); value_failure(X, SPAN("c")); f(arena, "%.*s is 5%%")'
    assert untold({"a b"}, [source]) == ["c"]
    assert template_of('"%.*s is "\n  "%lld%%\\\\"') == "... is ...%\\"


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
