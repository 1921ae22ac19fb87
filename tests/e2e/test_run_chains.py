"""Correlations over findings of correlations, from YAML to alerts: against the oracle that keeps
every event, over restarts with edited policies, and in `policy explain`. The inner one is over the
findings of two policies itself."""
import json
import sqlite3

import pytest

import correlation_oracle as oracle
import oracle_chain
from cli import write_changes
from test_correlation import SECOND
from test_run_correlation import seen
from test_run_feeds import POLICY, SOURCES, login, random_records

INNER = POLICY.replace("condition: {gte: 5}", "condition: {gte: 3}")
OUTER = """\
---
apiVersion: deltaward/v1
kind: Policy
id: accounts-tried
owner: security
severity: critical
correlation:
  type: value_count
  policies: [account-tried]
  group_by: []
  field: user
  timespan: 45s
  condition: {gte: 2}
suppression: {duration: 2m, summary: false}
alert: {title: "Somebody tries accounts, now that of {user}", runbook: accounts-tried.md}
"""
POLICIES = SOURCES + INNER + OUTER
LATENESS = 20 * SECOND
ORACLE = oracle_chain.Policy(
    "chain", 45 * SECOND, LATENESS,
    oracle.Policy("value_count", 45 * SECOND, LATENESS, {"gte": 2}, 0, 0),
    [(0, oracle.Policy("event_count", 60 * SECOND, LATENESS, {"gte": 3}, 0, 0))],
    120 * SECOND, 600 * SECOND)


def expected_alerts(records, offsets, source):
    fold = oracle.Fold({0: ORACLE}, repeats=False)
    log, newest = [], 0
    for (user, finding, time, _), offset in zip(records, offsets):
        newest = max(newest, time)
        if user:
            log.append(("signal", 0, "[]", finding, source, offset, time, newest,
                        oracle_chain.Inside(0, user, None, user)))
    fold.run(log)
    fold.hear(source, newest)
    return sorted((status, group, count, first, last, why[1], tuple(e[:3] for e in why[2]))
                  for status, _, group, count, first, last, _, why in fold.alerts)


@pytest.mark.parametrize("seed", range(3))
def test_alerts_are_those_of_the_oracle(program, work_dir, seed):
    (work_dir / "p.yaml").write_text(POLICIES)
    records = list(random_records(seed, 500))
    lines = [json.dumps(record) + "\n" for *_, record in records]
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    expected = expected_alerts(records, offsets, str(work_dir / "in.jsonl"))
    assert {status for status, *_ in expected} == {"opened", "resolved"} and len(expected) > 5
    ids = []
    for data, threads, parts in (("one", 1, 1), ("many", 4, 1), ("resumed", 2, 7)):
        alerts = []
        for part in range(1, parts + 1):
            (work_dir / "in.jsonl").write_text("".join(lines[:len(lines) * part // parts]))
            alerts += program("run", "--policies", "p.yaml", "--input", "in.jsonl", "--data-dir",
                              data, "--threads", threads, status=0).lines()
        outer = [a for a in alerts if a["policy"]["id"] == "accounts-tried"]
        assert sorted(map(seen, outer)) == expected, data
        assert {a["found_by"] for a in outer} == {"account-tried"}
        assert any(a["policy"]["id"] == "account-tried" for a in alerts)  # goes on by itself
        ids.append(sorted((a["id"], a["status"]) for a in alerts))
    assert ids[0] == ids[1] == ids[2]


def burst(user, begin):
    return [login(begin + i, user, begin + i) for i in range(3)]


def test_state_lives_through_edits_that_find_the_same(program, work_dir):
    def run(policies, *bursts):
        (work_dir / "p.yaml").write_text(policies)
        write_changes(work_dir / "in.jsonl", sum(bursts, []))
        return [a["title"] for a in program(
            "run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines()
            if a["policy"]["id"] == "accounts-tried"]

    ann, bob, cy = burst("ann", 0), burst("bob", 10), burst("cy", 20)
    assert run(POLICIES, ann) == []
    retitled = POLICIES.replace("id: account-tried\n", "id: account-tried\nname: Tried\n")
    assert run(retitled, ann, bob) == ["Somebody tries accounts, now that of bob"]
    for number, edited in enumerate((
            retitled.replace("timespan: 60s", "timespan: 59s"),
            retitled.replace("== 'Failure'", "in ['Failure']"))):
        again = [dict(record, eventID=f"{record['eventID']}-{number}") for record in cy]
        assert run(edited, ann, bob, cy, again) == [], edited


@pytest.mark.parametrize("mode, fires", [("enforce", True), ("signal", True), ("shadow", False),
                                         ("disabled", False)])
def test_the_mode_of_the_inner_policy_says_whether_it_feeds(program, work_dir, mode, fires):
    (work_dir / "p.yaml").write_text(
        POLICIES.replace("id: account-tried\n", f"id: account-tried\nmode: {mode}\n"))
    write_changes(work_dir / "in.jsonl", burst("ann", 0) + burst("bob", 10))
    alerts = program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines()
    told = {a["policy"]["id"] for a in alerts}
    assert ("accounts-tried" in told) == fires
    assert ("account-tried" in told) == (mode == "enforce")


def test_explain_agrees_with_what_run_logs(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICIES)
    records = [record for *_, record in random_records(7, 80)]
    write_changes(work_dir / "in.jsonl", records)
    program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0)
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        logged = [group for (group,) in store.execute(
            "SELECT group_key FROM signal WHERE policy_id = 'accounts-tried'")]
        inner = store.execute("SELECT count(*) FROM signal WHERE policy_id = 'accounts-tried' "
                              "AND inner_event = ''").fetchone()
    explained = []
    said = program("policy", "explain", "p.yaml", "--policy", "accounts-tried", "--input",
                   "in.jsonl", "--json", status=0).lines()
    for (policy,) in (line["policies"] for line in said):
        assert policy["verdict"] in ("match", "no_finding")
        assert policy["cause"] in ("policies", "group_by")
        explained += policy["groups"]
    assert explained == logged and len(logged) > 20 and inner == (0,)
    out = program("policy", "explain", "p.yaml", "--policy", "accounts-tried", "--input",
                  "in.jsonl", status=0).out
    assert "account-tried counts it, which has a correlation itself" in out
    assert "login-failed: the condition is false" in out


def test_backtest_counts_findings_of_findings(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICIES)
    write_changes(work_dir / "in.jsonl", burst("ann", 0) + burst("bob", 10))
    out = program("policy", "backtest", "p.yaml", "--policy", "accounts-tried", "--input",
                  "in.jsonl", status=0).out
    assert "accounts-tried" in out and "now that of bob" in out
