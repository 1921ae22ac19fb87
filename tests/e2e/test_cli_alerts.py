"""`deltaward alerts list` and `show`: what the store holds, for a person and for a program."""
import json

import pytest

from cli import POLICY, price_change, wait_for, write_changes

OTHER = POLICY.split("tests:")[0].replace("price-doubled", "price-up")
OTHER = OTHER.replace("severity: high", "severity: low").replace("old.price * 2", "old.price + 1")


@pytest.fixture
def store(program, work_dir):
    """Three alerts of one policy, the first resolved in time, and one of another."""
    (work_dir / "p.yaml").write_text(POLICY + "---\n" + OTHER)
    start = 1772359200000000
    changes = [price_change(n, 10, 20, at_us=start + n * 1000000) for n in range(2)]
    changes += [price_change(7, 10, 12, at_us=start + 10 * 1000000)]
    changes += [price_change(8, 10, 20, at_us=start + 16 * 60 * 1000000)]
    write_changes(work_dir / "c.jsonl", changes)
    program("run", "--policies", "p.yaml", "--input", "c.jsonl", "--output", "all.jsonl",
            "--data-dir", "data", status=0)
    return program


LIST = ["alerts", "list", "--data-dir", "data"]
SHOW = ["alerts", "show", "--data-dir", "data"]


def titles(run):
    return [alert["title"] for alert in run.lines()]


def test_list_is_newest_first_and_one_line_each(store):
    run = store(*LIST, status=0)
    lines = run.out.splitlines()
    assert lines[0].split() == ["id", "opened", "severity", "status", "findings", "policy", "title"]
    assert len(lines) == 1 + 7
    assert "Price of S8" in lines[1] and "open" in lines[1]
    assert sum("resolved" in line for line in lines) == 5


def test_list_as_json_lines_is_what_sinks_got(store, work_dir):
    listed = {a["id"]: a for a in store(*LIST, "--json", status=0).lines()}
    last = {}
    for line in (work_dir / "all.jsonl").read_text().splitlines():
        last[json.loads(line)["id"]] = json.loads(line)
    assert listed == last


@pytest.mark.parametrize("words,count", [
    (["--policy", "price-doubled"], 3),
    (["--severity", "low"], 4),
    (["--open"], 2),
    (["--open", "--severity", "high"], 1),
    (["--limit", "3"], 3),
    (["--policy", "none"], 0),
])
def test_list_filters(store, words, count):
    assert len(store(*LIST, "--json", *words, status=0).lines()) == count


def test_list_says_when_there_is_nothing(store):
    run = store(*LIST, "--policy", "none", status=0)
    assert run.out == "" and run.err == "deltaward: no alerts\n"


def test_show_is_the_whole_page(store):
    alert = store(*LIST, "--json", "--open", "--severity", "high").lines()[0]
    page = store(*SHOW, alert["id"][:8], status=0).out
    for said in ("high: Price of S8: 10 -> 20", "MODIFY in table products, eu-west-1; sku S8",
                 "price: 10 -> 20", "2026-03-01T10:16:00Z, 1 finding, still open",
                 "runbook   price.md", "policy    price-doubled (owner pricing)",
                 alert["policy"]["version"], alert["id"]):
        assert said in page
    assert json.loads(store(*SHOW, alert["id"], "--json", status=0).out) == alert


def test_show_wants_one_alert(store):
    run = store(*SHOW, "ffffffffffffffffffffffffffffffff", status=2)
    assert "no alert's id begins with" in run.err and "alerts list" in run.err
    assert "several alerts" in store(*SHOW, "", status=2).err
    assert "no alert's id" in store(*SHOW, "not-hex%", status=2).err


def test_a_store_that_is_not_there(program):
    for words in (LIST, [*SHOW, "a"]):
        run = program(*words, status=3)
        assert "data/deltaward.db" in run.err and "--data-dir" in run.err


def test_list_beside_a_running_detector(store, work_dir):
    process = store.start("run", "--policies", "p.yaml", "--input", "-", "--data-dir", "data")
    process.stdin.write(json.dumps(price_change(99)) + "\n")
    process.stdin.flush()
    wait_for(lambda: "Price of S99: 10 -> 20" in titles(store(*LIST, "--json")))
    process.communicate("", timeout=20)
    assert process.returncode == 0


def test_controls_of_the_data_do_not_reach_the_terminal(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    write_changes(work_dir / "c.jsonl", [price_change(1, sku="a\x1b[31m\u202eb\nc")])
    program("run", "--policies", "p.yaml", "--input", "c.jsonl", "--data-dir", "data", status=0)
    (alert,) = program(*LIST, "--json", status=0).lines()
    for run in (program(*LIST, status=0), program(*SHOW, alert["id"], status=0)):
        assert "\x1b" not in run.out and "\u202e" not in run.out
