"""Rule 9 in `deltaward run`: an edited title keeps what a correlation remembers; what is watched
differently, or not any more, begins anew, is told and counted; the log says which states are in
force, so that a replay comes to the same."""
import json
import sqlite3

import pytest

from cli import change, wait_for
from test_cli_reload import MARK_POLICY, Running

START_US = 1772359200000000
SECOND = 1_000_000
BURST = """\
apiVersion: deltaward/v1
kind: Policy
id: burst
severity: high
match: {tables: [products], operations: [REMOVE]}
correlation: {type: event_count, group_by: [old.shop], timespan: 60s, condition: {gte: 3}}
suppression: none
alert: {title: "Many deletes in {old.shop}"}
"""
OVER = """\
apiVersion: deltaward/v1
kind: Policy
id: deletes
severity: low
mode: signal
match: {tables: [products], operations: [REMOVE]}
---
""" + BURST.replace("match: {tables: [products], operations: [REMOVE]}\n", "").replace(
    "type: event_count,", "type: event_count, policies: [deletes], aliases: "
    "{shop: {deletes: old.shop}},").replace("[old.shop]", "[shop]").replace("{old.shop}", "{shop}")
LONGER = BURST.replace("60s", "61s")
ELSEWHERE = BURST.replace("id: burst", "id: other").replace("[products]", "[elsewhere]")


def removed(number, shop="a"):
    return change(number, {"shop": shop, "n": number}, None, at_us=START_US + number * SECOND)


def run(program, work_dir, policy, changes):
    """(titles of alerts, what was dropped) of a run over the file with these changes added."""
    (work_dir / "p.yaml").write_text(policy)
    with (work_dir / "in.jsonl").open("a") as file:
        file.writelines(json.dumps(one) + "\n" for one in changes)
    done = program("run", "--policies", "p.yaml", "--input", "in.jsonl", "--data-dir", "data",
                   "--log-format", "json", status=0)
    events = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    return ([alert["title"] for alert in done.lines()],
            [(one["policy"], one["groups"]) for one in events if one["event"] == "state_dropped"])


@pytest.mark.parametrize("policy", [BURST, OVER], ids=["of its own", "over another policy"])
def test_rule_9_an_edited_title_keeps_what_is_remembered(program, work_dir, policy):
    assert run(program, work_dir, policy, [removed(1), removed(2)]) == ([], [])
    retitled = policy.replace("Many deletes", "A burst")
    assert run(program, work_dir, retitled, [removed(3)]) == (["A burst in a"], [])
    assert run(program, work_dir, retitled, []) == ([], [])


@pytest.mark.parametrize("edited", [LONGER, ELSEWHERE], ids=["edited", "removed"])
def test_rule_9_what_no_policy_watches_any_more_ends(program, work_dir, edited):
    shops = [f"s{n}" for n in range(30)]
    first = [removed(n, shop) for n, shop in enumerate(shops)]
    assert run(program, work_dir, BURST, [*first, removed(31), removed(32)]) == ([], [])
    assert run(program, work_dir, edited, [removed(33)]) == ([], [("burst", 31)])
    assert run(program, work_dir, edited, [removed(34)]) == ([], [])
    # put back: it begins anew, also for what it had counted
    titles, dropped = run(program, work_dir, BURST, [removed(35), removed(36)])
    assert (titles, len(dropped)) == ([], int(edited == LONGER))
    assert run(program, work_dir, BURST, [removed(37)]) == (["Many deletes in a"], [])
    with sqlite3.connect(work_dir / "data" / "deltaward.db") as store:
        (count,), = store.execute("SELECT count FROM policy_count WHERE policy_id = 'burst' AND "
                                  "counter = 'state_dropped'")
        lists = store.execute("SELECT body FROM signal WHERE kind = 3").fetchall()
    assert count == 1 + len(dropped) and len(lists) == 3
    assert all(len(json.loads(body)["states"]) == 1 for body, in lists)


@pytest.fixture
def running(program, work_dir):
    (work_dir / "p.yaml").write_text(BURST)
    (work_dir / "marks.yaml").write_text(MARK_POLICY)
    one = Running(program, "--policies", "p.yaml", "--policies", "marks.yaml")
    yield one
    one.end()


def test_rule_9_while_it_runs(running, work_dir):
    def send(number):
        """The change of that number, and a mark of its end, an alert that always comes."""
        seen = len(running.alerts)
        for one in (removed(number), running.mark()):
            running.process.stdin.write(json.dumps(one) + "\n")
            running.process.stdin.flush()
        wait_for(lambda: any(a["table"] == "marks" for a in running.alerts[seen:]))
        return [a["title"] for a in running.alerts[seen:] if a["table"] != "marks"]

    assert send(1) == [] and send(2) == []
    (work_dir / "p.yaml").write_text(BURST.replace("Many deletes", "A burst"))
    running.wait("policies_reloaded")
    assert send(3) == ["A burst in a"] and running.count("state_dropped") == 0
    (work_dir / "p.yaml").write_text(LONGER)
    running.wait("policies_reloaded", 2)
    assert send(4) == []
    line = running.wait("state_dropped")
    assert (line["policy"], line["groups"]) == ("burst", 1)
    assert send(5) == [] and send(6) == ["Many deletes in a"]
