"""What README.md and docs/*.md tell people to type is typed here.

Command lines stand behind "$ " in ```console blocks; all of one document run in order in one copy
of the tree, each must end with status 0. A line marked "# not run here: WHY" is left out. Blocks
whose first line is "# file: NAME", or that follow "<!-- file: NAME -->", are written first.
"""
import re
import shutil
import subprocess

import pytest

from conftest import ROOT

FENCE = re.compile(r"(?:<!-- file: (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# file: (\S+)\n")


def documents():
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def files_of(text):
    """Name and text of every block that is a file."""
    for name, _, body in FENCE.findall(text):
        first = NAMED.match(body)
        if name or first:
            yield name or first.group(1), body


def commands_of(text):
    for _, language, body in FENCE.findall(text):
        if language != "console":
            continue
        for line in body.splitlines():
            if line.startswith("$ ") and "# not run here: " not in line:
                yield line[2:]


def copy_of_the_tree(folder, build):
    """What a clone holds, with the build under test as build/release."""
    tracked = subprocess.run(["git", "ls-files", "policies", "docs", "README.md"], cwd=ROOT,
                             capture_output=True, text=True, check=True).stdout.splitlines()
    for name in tracked:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "build" / "release").mkdir(parents=True)
    shutil.copy(build / "deltaward", folder / "build" / "release" / "deltaward")


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_commands_of_documents_work(document, build, work_dir):
    text = document.read_text()
    copy_of_the_tree(work_dir, build)
    for name, body in files_of(text):
        (work_dir / name).write_text(body)
    for command in commands_of(text):
        done = subprocess.run(["bash", "-c", command], cwd=work_dir, capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("table", ["metrics", "events"])
def test_pages_of_tables_are_as_the_tables(build, table):
    """When this fails: tools/docs"""
    done = subprocess.run([build / "tests" / "tools" / "describe", table], capture_output=True,
                          text=True, check=True)
    assert (ROOT / "docs" / f"{table.upper()}.md").read_text() == done.stdout


def test_operating_names_what_there_is(build):
    """Every event and metric that docs/OPERATING.md speaks of stands in its table."""
    text = (ROOT / "docs" / "OPERATING.md").read_text()
    known = "".join((ROOT / "docs" / name).read_text() for name in ("EVENTS.md", "METRICS.md"))
    named = set(re.findall(r"`(deltaward_[a-z_]+)", text))
    named |= {name for line in text.splitlines() if line.startswith("| event ")
              for name in re.findall(r"`([a-z]+_[a-z_]+)`", line.split("|")[1])}
    assert len(named) > 20
    assert sorted(name for name in named if f"| `{name}` |" not in known) == []


def test_the_reader_of_documents_sees_blocks():
    text = ("a\n```console\n$ one\n$ two # not run here: x\nout\n```\n<!-- file: c.json -->\n"
            "```json\n{}\n```\n```yaml\n# file: p.yaml\nk: v\n```\n```yaml\nno: file\n```\n")
    assert list(commands_of(text)) == ["one"]
    assert dict(files_of(text)) == {"c.json": "{}\n", "p.yaml": "# file: p.yaml\nk: v\n"}


def test_readme_shows_at_least_three_commands():
    assert len(list(commands_of((ROOT / "README.md").read_text()))) >= 3


def test_the_readme_change_raises_one_alert(build, work_dir):
    text = (ROOT / "README.md").read_text()
    copy_of_the_tree(work_dir, build)
    for name, body in files_of(text):
        (work_dir / name).write_text(body)
    (run,) = [c for c in commands_of(text) if " run " in c]
    done = subprocess.run(["bash", "-c", run], cwd=work_dir, capture_output=True, text=True,
                          timeout=60, check=True)
    assert "Salary of 7: 4310.1 -> 9000 by eve" in done.stdout
    assert len(done.stdout.splitlines()) == 1
