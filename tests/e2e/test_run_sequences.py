"""Sequences and absences, from YAML to alerts: against the oracle that keeps every event, and in
`policy test`."""
import json
import random

import jsonschema
import pytest

import correlation_oracle
import oracle_sequence as oracle
from cli import change, write_changes
from test_alert_schema import SCHEMA
from test_correlation import SECOND
from test_run_correlation import START_US, seen

KINDS = ["failed", "succeeded", "changed", "approved", "other"]
SOURCES = "".join(f"""\
apiVersion: deltaward/v1
kind: Policy
id: {kind}
severity: low
mode: signal
match: {{tables: [audit], operations: [INSERT]}}
condition: new.kind == '{kind}'
---
""" for kind in KINDS[:-1])
TESTS = {
    "taken-over": """\
  - name: three failed logins, then one that did not
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: failed, user: ann}}
      - {at: 8s, op: INSERT, keys: {sku: b}, new: {kind: failed, user: ann}}
      - {at: 4s, op: INSERT, keys: {sku: c}, new: {kind: failed, user: ann}}
      - {at: 9s, op: INSERT, keys: {sku: d}, new: {kind: succeeded, user: ann}}
    expect: {fired: true, count: 1, group: '["ann"]', title: "Logged in after failures: ann"}
  - name: the success came before the last of the failures
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: failed, user: ann}}
      - {at: 1s, op: INSERT, keys: {sku: b}, new: {kind: failed, user: ann}}
      - {at: 2s, op: INSERT, keys: {sku: c}, new: {kind: succeeded, user: ann}}
      - {at: 3s, op: INSERT, keys: {sku: d}, new: {kind: failed, user: ann}}
    expect: {fired: false}
""",
    "unapproved": """\
  - name: nobody approved it
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: changed, user: ann}}
      - {at: 90s, op: INSERT, keys: {sku: b}, new: {kind: approved, user: ann}}
    expect: {fired: true, count: 1, title: "Changed without approval: ann"}
  - name: approved after it, or before
    events:
      - {at: 60s, op: INSERT, keys: {sku: a}, new: {kind: changed, user: ann}}
      - {at: 90s, op: INSERT, keys: {sku: b}, new: {kind: approved, user: ann}}
      - {at: 95s, op: INSERT, keys: {sku: c}, new: {kind: changed, user: ann}}
    expect: {fired: false}
""",
    "out-of-the-blue": """\
  - name: nothing before it
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: succeeded, user: ann}}
      - {at: 0s, op: INSERT, keys: {sku: b}, new: {kind: failed, user: ann}}
    expect: {fired: true}
""",
    "busy": """\
  - name: all three, in whatever order
    events:
      - {at: 5s, op: INSERT, keys: {sku: a}, new: {kind: changed, user: ann}}
      - {at: 0s, op: INSERT, keys: {sku: b}, new: {kind: succeeded, user: ann}}
      - {at: 3s, op: INSERT, keys: {sku: c}, new: {kind: failed, user: ann}}
    expect: {fired: true, count: 1}
""",
}
CORRELATIONS = {
    "taken-over": ("""{type: temporal_ordered, group_by: [new.user], timespan: 40s,
  steps: [{policy: failed, min: 3}, {policy: succeeded}], allowed_lateness: 35s}""",
                   "Logged in after failures"),
    "unapproved": ("""{type: absence, group_by: [new.user], policies: [changed],
  without: [approved], before: 5s, after: 30s, allowed_lateness: 35s}""",
                   "Changed without approval"),
    "out-of-the-blue": ("""{type: absence, group_by: [new.user], policies: [succeeded],
  without: [failed, changed], before: 10s, after: 0s, allowed_lateness: 35s}""", "Nothing before"),
    "busy": ("""{type: temporal, group_by: [new.user], policies: [failed, succeeded, changed],
  timespan: 8s, allowed_lateness: 35s}""", "All at once"),
}
POLICIES = SOURCES + "---\n".join(f"""\
apiVersion: deltaward/v1
kind: Policy
id: {policy}
owner: security
severity: high
correlation: {correlation}
suppression: {{duration: 60s, summary: false}}
alert: {{title: "{title}: {{new.user}}"}}
tests:
{TESTS[policy]}""" for policy, (correlation, title) in CORRELATIONS.items())

LATE, LONG, KEPT = 35 * SECOND, 60 * SECOND, 600 * SECOND
ORACLES = {
    "taken-over": (oracle.Policy("temporal_ordered", 40 * SECOND, LATE, [3, 1], 0, 0, 2, 0, LONG,
                                 KEPT), ["failed", "succeeded"]),
    "unapproved": (oracle.Policy("absence", 35 * SECOND, LATE, [], 5 * SECOND, 30 * SECOND, 2, 1,
                                 LONG, KEPT), ["changed", "approved"]),
    "out-of-the-blue": (oracle.Policy("absence", 10 * SECOND, LATE, [], 10 * SECOND, 0, 3, 2, LONG,
                                      KEPT), ["succeeded", "failed", "changed"]),
    "busy": (oracle.Policy("temporal", 8 * SECOND, LATE, [1, 1, 1], 0, 0, 3, 0, LONG, KEPT),
             ["failed", "succeeded", "changed"]),
}


def random_records(seed, count):
    """(user, kind, time, record), up to 30 s out of order."""
    rng = random.Random(seed)
    for number in range(count):
        time = START_US + (4 * number + rng.randint(-15, 15)) * SECOND
        user, kind = rng.choice("abc"), rng.choice(KINDS)
        yield user, kind, time, change(number, None, {"kind": kind, "user": user}, table="audit",
                                       at_us=time)


def expected_alerts(records, offsets, source):
    """Of each policy; as many as the source's end decides."""
    alerts = []
    for policy, (rule, inputs) in ORACLES.items():
        fold = correlation_oracle.Fold({0: rule}, repeats=False)
        log, newest = [], 0
        for number, ((user, kind, time, _), offset) in enumerate(zip(records, offsets)):
            newest = max(newest, time)
            if kind in inputs:
                log.append(("signal", 0, f'["{user}"]', number, source, offset, time, newest,
                            inputs.index(kind)))
        fold.run(log)
        fold.hear(source, newest)
        assert fold.late == 0
        alerts += [(policy, status, group, count, first, last, why[1],
                    tuple(e[:3] for e in why[2]))
                   for status, _, group, count, first, last, _, why in fold.alerts]
    return sorted(alerts)


@pytest.mark.parametrize("seed", range(4))
def test_alerts_are_those_of_the_oracle(program, work_dir, seed):
    (work_dir / "p.yaml").write_text(POLICIES)
    records = list(random_records(seed, 500))
    lines = [json.dumps(record) + "\n" for *_, record in records]
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    expected = expected_alerts(records, offsets, str(work_dir / "in.jsonl"))
    assert {policy for policy, *_ in expected} == set(ORACLES) and len(expected) > 40
    ids = []
    for data, threads, parts in (("one", 1, 1), ("many", 4, 1), ("resumed", 2, 9)):
        alerts = []
        for part in range(1, parts + 1):
            (work_dir / "in.jsonl").write_text("".join(lines[:len(lines) * part // parts]))
            alerts += program("run", "--policies", "p.yaml", "--input", "in.jsonl", "--data-dir",
                              data, "--threads", threads, status=0).lines()
        assert sorted((a["policy"]["id"], *seen(a)) for a in alerts) == expected, data
        ids.append(sorted((a["id"], a["status"]) for a in alerts))
    assert ids[0] == ids[1] == ids[2]


def test_policy_test_runs_them(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICIES)
    program("policy", "test", "p.yaml", status=0)
    (work_dir / "p.yaml").write_text(POLICIES.replace("min: 3", "min: 4"))
    assert "three failed logins" in program("policy", "test", "p.yaml", status=1).out


PARTS = SOURCES + """\
apiVersion: deltaward/v1
kind: Policy
id: guessed-and-alone
severity: high
correlation:
  group_by: [new.user]
  all:
    guessed: {type: temporal_ordered, steps: [{policy: failed, min: 2}, {policy: succeeded}],
              timespan: 1m, within: 5m}
    alone: {type: absence, policies: [succeeded], without: [approved], after: 30s, within: 5m}
  require: guessed && alone
tests:
  - name: guessed and alone
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: failed, user: u}}
      - {at: 1s, op: INSERT, keys: {sku: b}, new: {kind: failed, user: u}}
      - {at: 2s, op: INSERT, keys: {sku: c}, new: {kind: succeeded, user: u}}
    expect: {fired: true, count: 1}
  - name: guessed, and approved
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: failed, user: u}}
      - {at: 1s, op: INSERT, keys: {sku: b}, new: {kind: failed, user: u}}
      - {at: 2s, op: INSERT, keys: {sku: c}, new: {kind: succeeded, user: u}}
      - {at: 9s, op: INSERT, keys: {sku: d}, new: {kind: approved, user: u}}
    expect: {fired: false}
  - name: alone, and not guessed
    events:
      - {at: 1s, op: INSERT, keys: {sku: b}, new: {kind: failed, user: u}}
      - {at: 2s, op: INSERT, keys: {sku: c}, new: {kind: succeeded, user: u}}
    expect: {fired: false}
---
apiVersion: deltaward/v1
kind: Policy
id: both-and-many
severity: high
correlation:
  group_by: [new.user]
  all:
    both: {type: temporal, policies: [failed, succeeded], timespan: 1m}
    many: {type: event_count, policies: [failed], timespan: 1m, condition: {gte: 2}}
  require: both && many
tests:
  - name: both, and many
    events:
      - {at: 0s, op: INSERT, keys: {sku: a}, new: {kind: failed, user: u}}
      - {at: 2s, op: INSERT, keys: {sku: b}, new: {kind: succeeded, user: u}}
      - {at: 3s, op: INSERT, keys: {sku: c}, new: {kind: failed, user: u}}
    expect: {fired: true, count: 1}
  - name: both, and one
    events:
      - {at: 1s, op: INSERT, keys: {sku: a}, new: {kind: failed, user: u}}
      - {at: 2s, op: INSERT, keys: {sku: b}, new: {kind: succeeded, user: u}}
    expect: {fired: false}
"""


def test_they_are_parts_of_all_too(program, work_dir):
    (work_dir / "p.yaml").write_text(PARTS)
    program("policy", "test", "p.yaml", status=0)


def test_the_alert_says_what_came_and_what_did_not(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICIES)
    kinds = ["failed", "other", "failed", "failed", "succeeded", "changed"]
    write_changes(work_dir / "in.jsonl",
                  [change(i, None, {"kind": kind, "user": "u"}, table="audit",
                          at_us=START_US + 3 * i * SECOND) for i, kind in enumerate(kinds)] +
                  [change(99, None, {"kind": "other", "user": "u"}, table="audit",
                          at_us=START_US + 200 * SECOND)])
    lines = program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines()
    opened = {a["policy"]["id"]: a for a in lines if a["status"] == "opened"}
    assert set(opened) == {"taken-over", "unapproved", "busy"}
    for alert in lines:
        jsonschema.validate(alert, SCHEMA)
    order = opened["taken-over"]["correlation"]
    assert order["type"] == "temporal_ordered" and order["timespan"] == "40s"
    assert order["value"] == order["event_count"] == 4 and "condition" not in order
    assert [e["input"] for e in order["events"]] == [1, 1, 1, 2]
    absence = opened["unapproved"]["correlation"]
    assert (absence["before"], absence["after"], absence["timespan"]) == ("5s", "30s", "35s")
    assert [e["input"] for e in absence["events"]] == [1]
    assert opened["unapproved"]["source"] == absence["events"][0]["source"]
    assert opened["unapproved"]["first_seen"] == absence["from"] == absence["to"]
