"""`grace` of a lookup in `deltaward run`: a match waits for a row that may come late, and is asked
again. Tests that stand for a rule of docs/RECOVERY.md name it."""
import json
import random
import signal
import sqlite3
import subprocess

import pytest

from cli import change, wait_for, write_changes
from product import Product
from test_cli_reload import Running

SECOND = 1000000
START_US = 1772359200000000
LOOKUP = """\
apiVersion: deltaward/v1
kind: Lookup
id: promotions
source: {file: promotions.csv}
key: sku
columns: {sku: string}
grace: 60s
---
"""
GUARDED = """\
apiVersion: deltaward/v1
kind: Policy
id: guarded
severity: high
match: {tables: [products]}
condition: "!lookup('promotions', keys.sku).hasValue()"
suppression: none
alert: {title: "{keys.sku}"}
"""
PLAIN = """\
---
apiVersion: deltaward/v1
kind: Policy
id: mark
severity: low
match: {tables: [marks]}
suppression: none
alert: {title: mark}
"""
BURST = """\
---
apiVersion: deltaward/v1
kind: Policy
id: burst
severity: high
match: {tables: [products]}
condition: "!lookup('promotions', keys.sku).hasValue()"
correlation: {type: event_count, group_by: [new.shop], timespan: 20s, condition: {gte: 3}}
alert: {title: "{new.shop}"}
"""


def put(number, second, sku, table="products", **values):
    return change(number, None, {"shop": "a", **values}, table=table, sku=sku,
                  at_us=START_US + int(second * SECOND))


@pytest.fixture
def folder(work_dir):
    path = work_dir / "policies"
    path.mkdir()
    (path / "p.yaml").write_text(LOOKUP + GUARDED + PLAIN)
    (path / "promotions.csv").write_text("sku\n")
    return path


class Marked(Running):
    """One change at a second of event time, and the mark behind it."""

    def at(self, second, sku):
        seen = len(self.alerts)
        for record in (put(self.number, second, sku),
                       put(self.number + 1, second, f"m{self.number}", table="marks")):
            self.process.stdin.write(json.dumps(record) + "\n")
            self.process.stdin.flush()
        self.number += 2
        wait_for(lambda: any(a["table"] == "marks" for a in self.alerts[seen:]))
        return [a["title"] for a in self.alerts[seen:] if a["table"] != "marks"]


def held_rows(data):
    store = sqlite3.connect(f"file:{data / 'deltaward.db'}?mode=ro", uri=True)
    try:
        return store.execute("SELECT source, number, policy_id, offset FROM held "
                             "ORDER BY number").fetchall()
    finally:
        store.close()


def counts(data, policy):
    store = sqlite3.connect(f"file:{data / 'deltaward.db'}?mode=ro", uri=True)
    try:
        return dict(store.execute("SELECT counter, count FROM policy_count WHERE policy_id = ?",
                                  (policy,)).fetchall())
    finally:
        store.close()


def test_a_row_that_comes_in_time_lets_a_match_go(program, folder, work_dir):
    run = Marked(program, "--policies", "policies")
    assert run.at(0, "early") == []
    assert run.at(1, "never") == []
    assert [row[2] for row in held_rows(work_dir / "data")] == ["guarded", "guarded"]
    (folder / "promotions.csv").write_text("sku\nearly\nother\n")
    run.wait("lookups_reloaded")
    assert run.at(59, "other") == []
    assert run.at(61, "other") == ["never"]
    assert held_rows(work_dir / "data") == []
    run.end()
    outcome = counts(work_dir / "data", "guarded")
    assert (outcome["held"], outcome["released"], outcome["withdrawn"]) == (2, 1, 1)
    assert outcome["matched"] == 1


def test_a_file_at_its_end_asks_what_is_left(program, folder, work_dir):
    """Time stands still there: whoever reads a file to its end wants its alerts."""
    write_changes(work_dir / "in.jsonl", [put(0, 0, "a"), put(1, 1, "b")])
    alerts = program("run", "--policies", "policies", "--input", "in.jsonl", "--data-dir", "data",
                     status=0).lines()
    assert [a["title"] for a in alerts] == ["a", "b"]
    assert held_rows(work_dir / "data") == []
    again = program("run", "--policies", "policies", "--input", "in.jsonl", "--data-dir", "data",
                    status=0)
    assert again.out == ""


def test_rule_21_a_stop_and_a_kill_keep_what_is_held(program, folder, work_dir):
    """Without it: the position is past the record, and its match is nowhere."""
    write_changes(work_dir / "in.jsonl", [put(0, 0, "a"), put(1, 1, "b")])
    words = ("run", "--policies", "policies", "--input", "in.jsonl", "--data-dir", "data",
             "--follow")
    for how in (signal.SIGTERM, signal.SIGKILL):
        process = program.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: (work_dir / "data" / "deltaward.db").exists() and
                 len(held_rows_or_none(work_dir / "data")) == 2)
        process.send_signal(how)
        process.wait(20)
        assert [row[3] for row in held_rows(work_dir / "data")] == [0, len(first_line(work_dir))]
    (folder / "promotions.csv").write_text("sku\nb\n")
    with open(work_dir / "in.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(put(2, 70, "b")) + "\n")
    alerts = program("run", "--policies", "policies", "--input", "in.jsonl", "--data-dir", "data",
                     status=0).lines()
    assert [a["title"] for a in alerts] == ["a"]


def test_what_a_source_left_behind_is_told_until_it_is_asked(program, folder, work_dir):
    """A source that nobody reads any more holds its matches: its own time alone asks them."""
    write_changes(work_dir / "in.jsonl", [put(0, 0, "a"), put(1, 1, "b")])
    write_changes(work_dir / "other.jsonl", [put(2, 100, "c")])
    process = program.start("run", "--policies", "policies", "--input", "in.jsonl", "--data-dir",
                            "data", "--follow", stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    wait_for(lambda: len(held_rows_or_none(work_dir / "data")) == 2)
    process.send_signal(signal.SIGTERM)
    process.wait(20)

    def run(source):
        told = program("run", "--policies", "policies", "--input", source, "--data-dir", "data",
                       "--log-format", "json", status=0)
        lines = [json.loads(line) for line in told.err.splitlines() if line.startswith("{")]
        left = [line for line in lines if line["event"] == "held_without_source"]
        return left, [alert["title"] for alert in told.lines()]
    for _ in range(2):
        (said,), _ = run("other.jsonl")
        assert (said["source"], said["matches"]) == (str(work_dir / "in.jsonl"), 2)
        assert said["level"] == "warning" and "put the source back" in said["hint"]
    assert run("in.jsonl") == ([], ["a", "b"])
    assert run("other.jsonl") == ([], [])


def first_line(work_dir):
    return (work_dir / "in.jsonl").read_text().splitlines(keepends=True)[0]


def held_rows_or_none(data):
    try:
        return held_rows(data)
    except sqlite3.Error:
        return []


def random_changes(seed, count, jitter):
    """Some skus are promoted; up to 2 * jitter seconds out of order."""
    rng = random.Random(seed)
    return [put(number, 2 * number + rng.randint(-jitter, jitter), rng.choice("abcdefgh"),
                shop=rng.choice("xyz")) for number in range(count)]


def write_policies(folder, grace):
    text = (LOOKUP + GUARDED + BURST).replace("grace: 60s", f"grace: {grace}")
    (folder / "p.yaml").write_text(text)
    (folder / "promotions.csv").write_text("sku\na\nb\nc\n")


@pytest.mark.parametrize("seed,jitter", [(1, 0), (2, 0), (3, 10), (4, 10)])
def test_rule_8_alerts_are_those_without_grace(deltaward, work_dir, seed, jitter):
    """Rows that do not change give the same answer again: each match is found once, however often
    the process dies while matches are held; and where records came in the order of their times,
    their windows hold the same."""
    changes = write_changes(work_dir / "in.jsonl", random_changes(seed, 3000, jitter))
    seen = {}
    for grace in ("0s", "45s"):
        policies = work_dir / f"policies-{grace}"
        policies.mkdir()
        write_policies(policies, grace)
        run = Product(deltaward, work_dir / grace, policies)
        if grace == "45s":
            kill_on_the_way(run, changes, seed)
        run.run_well(changes)
        seen[grace] = (run.findings(), run.alerts() if jitter == 0 else None)
        assert run.ledger()["read"] == 3000
    assert seen["0s"] == seen["45s"]
    assert len(seen["0s"][0]) > 1000


def kill_on_the_way(run, changes, seed):
    rng = random.Random(seed)
    killed = 0
    for _ in range(12):
        process = run.start(changes, "--follow", stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.02, 0.3))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
    assert killed > 0


def test_a_file_that_is_followed_is_asked_once_it_was_quiet_for_long(program, folder, work_dir):
    text = (folder / "p.yaml").read_text().replace("grace: 60s", "grace: 1s")
    (folder / "p.yaml").write_text(text)
    (work_dir / "deltaward.yaml").write_text("detect: {idle_after: 1s}\n")
    write_changes(work_dir / "in.jsonl", [put(0, 0, "a")])
    process = program.start("run", "--config", "deltaward.yaml", "--policies", "policies",
                            "--input", "in.jsonl", "--data-dir", "data", "--follow",
                            stderr=subprocess.DEVNULL)
    assert json.loads(process.stdout.readline())["title"] == "a"
    assert held_rows(work_dir / "data") == []
    process.terminate()
    process.wait(20)


def test_explain_says_that_a_match_waits(program, folder, work_dir):
    write_changes(work_dir / "in.jsonl", [put(0, 0, "a")])
    out = program("policy", "explain", "policies", "--input", "in.jsonl", "--policy", "guarded",
                  status=0).out
    assert "held back 60 s (grace) and then asked again" in out


TESTS = """\
tests:
  - name: not promoted
    events: [{at: 0s, op: INSERT, keys: {sku: a}, new: {price: 1}}]
    lookups: {promotions: []}
    expect: {fired: true, title: a}
  - name: promoted
    events: [{at: 0s, op: INSERT, keys: {sku: a}, new: {price: 1}}]
    lookups: {promotions: [{sku: a}]}
    expect: {fired: false}
"""


def test_the_time_of_a_test_runs_on_until_nothing_is_held(program, folder):
    (folder / "p.yaml").write_text(LOOKUP + GUARDED + TESTS)
    out = program("policy", "test", "policies", status=0).out
    assert "2" in out
    (folder / "p.yaml").write_text(LOOKUP + GUARDED + TESTS.replace("fired: false", "fired: true"))
    assert program("policy", "test", "policies").status == 1


def case(events, rows, expect):
    return f"""tests:
  - name: one
    events: [{", ".join(f"{{at: {at}, op: INSERT, keys: {{sku: {sku}}}, new: {{price: 1}}}}"
                        for at, sku in events)}]
    lookups: {{promotions: [{", ".join(rows)}]}}
    expect: {{{expect}}}
"""


@pytest.mark.parametrize("events, rows, expect", [
    ([("0s", "a")], ["{sku: a, arrives: 59s}"], "fired: false"),
    ([("0s", "a")], ["{sku: a, arrives: 60s}"], "fired: false"),
    ([("0s", "a")], ["{sku: a, arrives: 61s}"], "fired: true"),
    ([("0s", "a"), ("1h", "b")], ["{sku: a, arrives: 61s}", "{sku: b}"], "count: 1, title: a"),
    ([("0s", "a"), ("1h", "b")], ["{sku: a, arrives: 30s}", "{sku: b}"], "count: 0"),
    ([("0s", "a"), ("30s", "a"), ("1h", "b")], ["{sku: a, arrives: 70s}"], "count: 2"),
    ([("2m", "a"), ("0s", "a")], ["{sku: a, arrives: 3m}"], "count: 1"),
    ([("0s", "a")], ["{sku: a, arrives: 61s}", "{sku: a, arrives: 59s}"], "fired: false"),
    ([("0s", "a"), ("0s", "b")], ["{sku: a, arrives: 59s}", "{sku: b, arrives: 1h}"],
     "count: 1, title: b"),
], ids=["within", "as it ends", "too late", "too late, though an event is later", "between two",
        "for one of two", "events out of order", "the first of two", "each its own"])
def test_in_a_test_a_row_arrives(program, folder, events, rows, expect):
    (folder / "p.yaml").write_text(LOOKUP + GUARDED + case(events, rows, expect))
    told = program("policy", "test", "policies")
    assert told.status == 0, told.out


def test_without_grace_a_row_is_not_there_before_it_arrives(program, folder):
    text = LOOKUP.replace("grace: 60s\n", "") + GUARDED + case(
        [("0s", "a"), ("59s", "a"), ("60s", "a"), ("2m", "a")], ["{sku: a, arrives: 60s}"],
        "count: 2")
    (folder / "p.yaml").write_text(text)
    told = program("policy", "test", "policies")
    assert told.status == 0, told.out


def test_a_column_may_be_called_as_arrivals_are(program, folder):
    named = LOOKUP.replace("{sku: string}", "{sku: string, arrives: string}")
    (folder / "p.yaml").write_text(named + GUARDED + case(
        [("0s", "a")], ["{sku: a, arrives: tomorrow}"], "fired: false"))
    told = program("policy", "test", "policies")
    assert told.status == 0, told.out


@pytest.mark.parametrize("row, says", [
    ("{sku: a, arrives: tomorrow}", "arrives: must be an offset"),
    ("{sku: a, arrives: -1s}", "arrives: must be an offset"),
    ("{sku: a, arrives: 400d}", "arrives: must be an offset"),
    ("{sku: a, arrives: 5}", "arrives: must be an offset"), ("7", "a row is a map")])
def test_a_row_that_cannot_be_read_is_said(program, folder, row, says):
    (folder / "p.yaml").write_text(LOOKUP + GUARDED + case([("0s", "a")], [row], "fired: true"))
    told = program("policy", "test", "policies")
    assert told.status == 1 and says in told.out


def test_a_failed_test_is_explained_by_the_rows_that_decided(program, folder):
    (folder / "p.yaml").write_text(LOOKUP + GUARDED + case(
        [("0s", "a")], ["{sku: a, arrives: 30s}"], "fired: true"))
    out = program("policy", "test", "policies", status=1).out
    assert "no finding" in out
