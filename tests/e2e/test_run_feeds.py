"""Correlations over other policies' findings, from YAML to alerts: against the oracle that keeps
every event, in `policy test`, in `policy explain`, and over restarts with edited policies."""
import json
import random
import sqlite3

import pytest

import correlation_oracle as oracle
from calls import call
from cli import change, write_changes
from test_correlation import SECOND
from test_run_correlation import START_US, seen

USERS = ["ann", "bob", None]

SOURCES = """\
apiVersion: deltaward/v1
kind: Policy
id: login-failed
owner: security
severity: low
mode: signal
match: {source: api_call, services: [signin], operations: [ConsoleLogin]}
condition: raw.?responseElements.?ConsoleLogin.orValue('') == 'Failure'
exceptions:
  - {name: probes, condition: "raw.?userAgent.orValue('') == 'probe'", owner: o, reason: r}
---
apiVersion: deltaward/v1
kind: Policy
id: mail-changed
owner: accounts
severity: low
match: {tables: [users], operations: [MODIFY], attributes_changed: [mail]}
variables: [{name: user, expression: keys.sku}]
suppression: none
---
"""
POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: account-tried
owner: security
severity: high
correlation:
  type: event_count
  policies: [login-failed, mail-changed]
  aliases: {user: {login-failed: raw.?userIdentity.?userName, mail-changed: variables.user}}
  group_by: [user]
  timespan: 60s
  condition: {gte: 5}
  allowed_lateness: 20s
suppression: {duration: 2m, summary: false}
alert: {title: "Somebody tries the account of {user}", runbook: account-tried.md}
"""
ORACLE = oracle.Policy("event_count", 60 * SECOND, 20 * SECOND, {"gte": 5}, 120 * SECOND,
                       600 * SECOND)


def login(number, user, seconds, failed=True, agent="browser"):
    identity = {"type": "IAMUser", "accountId": "1", **({"userName": user} if user else {})}
    return call(number, "ConsoleLogin", "signin", identity=identity, userAgent=agent,
                responseElements={"ConsoleLogin": "Failure" if failed else "Success"},
                eventTime=f"2026-03-01T10:{seconds // 60:02d}:{seconds % 60:02d}Z")


def mail(number, user, seconds, after="b@x"):
    return change(number, {"mail": "a@x"}, {"mail": after}, table="users", sku=user,
                  at_us=START_US + seconds * SECOND)


def random_records(seed, count):
    """(the user whose account it counts for, or None; finding; time; record), out of order by up
    to 30 s, some of them twice."""
    rng = random.Random(seed)
    last = None
    for number in range(count):
        seconds = max(0, 2 * number + rng.randint(-15, 15))
        user = rng.choice(USERS)
        kind = rng.choice(["failed", "failed", "fine", "probe", "mail", "mail", "same mail"])
        if last and rng.random() < 0.1:
            yield last
            continue
        if kind.endswith("mail"):
            user = user or "cy"
            record = mail(number, user, seconds, "a@x" if kind == "same mail" else f"{number}@x")
            counts = kind == "mail"
        else:
            record = login(number, user, seconds, kind != "fine",
                           "probe" if kind == "probe" else "browser")
            counts = kind == "failed"
        last = (user if counts else None, number, START_US + seconds * SECOND, record)
        yield last


def expected_alerts(records, offsets, source):
    fold = oracle.Fold({0: ORACLE}, repeats=False)
    log, newest = [], 0
    for (user, finding, time, _), offset in zip(records, offsets):
        newest = max(newest, time)
        if user:
            log.append(("signal", 0, f'["{user}"]', finding, source, offset, time, newest))
    fold.run(log)
    fold.hear(source, newest)
    return sorted((status, group, count, first, last, why[1], tuple(e[:3] for e in why[2]))
                  for status, _, group, count, first, last, _, why in fold.alerts)


@pytest.mark.parametrize("seed", range(3))
def test_alerts_are_those_of_the_oracle(program, work_dir, seed):
    (work_dir / "p.yaml").write_text(SOURCES + POLICY)
    records = list(random_records(seed, 600))
    lines = [json.dumps(record) + "\n" for *_, record in records]
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    expected = expected_alerts(records, offsets, str(work_dir / "in.jsonl"))
    assert {status for status, *_ in expected} == {"opened", "resolved"} and len(expected) > 15
    ids = []
    for data, threads, parts in (("one", 1, 1), ("many", 4, 1), ("resumed", 2, 7)):
        alerts = []
        for part in range(1, parts + 1):
            (work_dir / "in.jsonl").write_text("".join(lines[:len(lines) * part // parts]))
            alerts += program("run", "--policies", "p.yaml", "--input", "in.jsonl", "--data-dir",
                              data, "--threads", threads, status=0).lines()
        by_policy = {alert["policy"]["id"] for alert in alerts}
        assert by_policy == {"account-tried", "mail-changed"}  # in mode signal none alerts
        tried = [a for a in alerts if a["policy"]["id"] == "account-tried"]
        assert sorted(map(seen, tried)) == expected, data
        ids.append(sorted((a["id"], a["status"]) for a in alerts))
    assert ids[0] == ids[1] == ids[2]


def test_what_has_no_group_is_counted(program, work_dir):
    (work_dir / "p.yaml").write_text(SOURCES + POLICY)
    write_changes(work_dir / "in.jsonl", [login(0, None, 0), login(1, "ann", 1)])
    program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0)
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        counts = {(p, c): n for p, c, n in store.execute(
            "SELECT policy_id, counter, count FROM policy_count WHERE count > 0")}
    assert counts == {
        ("login-failed", "evaluated"): 2, ("login-failed", "matched"): 2,
        ("login-failed", "shadowed"): 2, ("account-tried", "evaluated"): 2,
        ("account-tried", "matched"): 2, ("account-tried", "group_absent"): 1}


def test_state_lives_through_edits_that_find_the_same(program, work_dir):
    def run(policies, count):
        (work_dir / "p.yaml").write_text(policies)
        write_changes(work_dir / "in.jsonl", [login(i, "ann", i) for i in range(count)])
        return [a["title"] for a in program(
            "run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines()]

    policies = SOURCES + POLICY
    assert run(policies, 4) == []
    retitled = policies.replace("id: login-failed", "id: login-failed\nname: A login failed")
    assert run(retitled, 5) == ["Somebody tries the account of ann"]
    edited = retitled.replace("== 'Failure'", "in ['Failure']")
    assert run(edited, 9) == []
    assert run(edited, 10) == ["Somebody tries the account of ann"]


def cases(only):
    def event(at, what):
        if what == "mail":
            return (f"      - {{at: {at}s, op: MODIFY, table: users, keys: {{sku: ann}}, "
                    f"old: {{mail: a}}, new: {{mail: {at}}}}}\n")
        return (f"      - {{at: {at}s, api_call: {{eventID: e{at}, eventName: ConsoleLogin,\n"
                f"         userIdentity: {{userName: ann}}, "
                f"responseElements: {{ConsoleLogin: {what}}}}}}}\n")

    def case(name, events, expect):
        return (f"  - name: {name}\n    events:\n"
                + "".join(event(at, what) for at, what in events)
                + f"    expect: {{{expect}}}\n")

    four = [(at, "Failure") for at in range(4)]
    return ("tests:\n"
            + case("five that failed", four + [(4, "Failure")],
                   f"fired: true, count: 1, group: '[\"ann\"]', expect_only: {only}")
            + case("four, and the mail changes", four + [(9, "mail")],
                   "fired: true, title: Somebody tries the account of ann, severity: high")
            + case("the fifth succeeds", four + [(4, "Success")], "fired: false"))


def test_tests_of_the_correlation_see_the_policies_of_its_file(program, work_dir):
    (work_dir / "p.yaml").write_text(SOURCES + POLICY + cases("[account-tried]"))
    run = program("policy", "test", "p.yaml", status=0)
    assert "3 passed" in run.out
    fires = (SOURCES + POLICY + cases("[account-tried]")).replace("mode: signal\n", "")
    (work_dir / "p.yaml").write_text(fires)
    run = program("policy", "test", "p.yaml", status=1)
    assert "expect_only: also login-failed" in run.out and "2 passed, 1 failed" in run.out


def test_a_failed_test_says_what_each_policy_made_of_an_event(program, work_dir):
    wrong = cases("[account-tried]").replace("fired: false", "fired: true")
    (work_dir / "p.yaml").write_text(SOURCES + POLICY + wrong)
    out = program("policy", "test", "p.yaml", status=1).out
    assert ("account-tried: match, severity high: login-failed finds it; the correlation decides "
            "what it comes to") in out
    assert "no finding: login-failed: the condition is false; mail-changed: match.source says no" \
        in out


def test_explain_agrees_with_what_run_logs(program, work_dir):
    (work_dir / "p.yaml").write_text(SOURCES + POLICY)
    records = [record for *_, record in random_records(7, 80)]
    write_changes(work_dir / "in.jsonl", records)
    program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0)
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        logged = sorted(store.execute("SELECT group_key, policy_id FROM signal WHERE policy_id = "
                                      "'account-tried'"))
    explained = []
    said = program("policy", "explain", "p.yaml", "--policy", "account-tried", "--input",
                   "in.jsonl", "--json", status=0).lines()
    for (policy,) in (line["policies"] for line in said):
        assert policy["verdict"] in ("match", "no_finding")
        assert policy["cause"] in ("policies", "group_by")
        explained += [(group, "account-tried") for group in policy["groups"]]
    assert sorted(explained) == logged and len(logged) > 20
