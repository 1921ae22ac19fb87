"""`deltaward run` with a correlation, from YAML to alerts, against the oracle that keeps every
event: at any number of threads, in one run or resumed again and again."""
import json
import random
import sqlite3

import pytest

import correlation_oracle as oracle
from cli import change, write_changes
from test_correlation import SECOND, microseconds

START_US = 1772359200000000
POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: burst
severity: high
match: {tables: [products], operations: [REMOVE]}
correlation:
  type: event_count
  group_by: [old.shop]
  timespan: 60s
  condition: {gte: 4}
  allowed_lateness: 20s
suppression: {duration: 2m, summary: false}
alert: {title: "Many deletes in {old.shop}"}
"""
ORACLE = oracle.Policy("event_count", 60 * SECOND, 20 * SECOND, {"gte": 4}, 120 * SECOND,
                       600 * SECOND)


def random_changes(seed, count):
    """(shop or None, time, record); None: its group has no value. Up to 30 s out of order."""
    rng = random.Random(seed)
    for number in range(count):
        shop = rng.choice(["a", "b", "c", "d", None])
        time = START_US + (2 * number + rng.randint(-15, 15)) * SECOND + rng.choice([0, 7])
        old = {"price": number, **({"shop": shop} if shop else {})}
        yield shop, time, change(number, old, None, at_us=time)


def expected_alerts(changes, offsets, source):
    fold = oracle.Fold({0: ORACLE}, repeats=False)
    log, newest = [], 0
    for number, ((shop, time, _), offset) in enumerate(zip(changes, offsets)):
        newest = max(newest, time)
        if shop:
            log.append(("signal", 0, f'["{shop}"]', number, source, offset, time, newest))
    fold.run(log)
    fold.hear(source, newest)
    return sorted((status, group, count, first, last, why[0], tuple(e[:3] for e in why[1]))
                  for status, _, group, count, first, last, _, why in fold.alerts), fold.late


def seen(alert):
    said = alert["correlation"]
    return (alert["status"], alert["group"], alert["count"], microseconds(alert["first_seen"]),
            microseconds(alert["last_seen"]), said["event_count"],
            tuple((microseconds(e["event_time"]), e["source"]["name"], e["source"]["offset"])
                  for e in said["events"]))


@pytest.mark.parametrize("seed", range(4))
def test_alerts_are_those_of_the_oracle(program, work_dir, seed):
    (work_dir / "p.yaml").write_text(POLICY)
    changes = list(random_changes(seed, 600))
    lines = [json.dumps(record) + "\n" for *_, record in changes]
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    expected, late = expected_alerts(changes, offsets, str(work_dir / "in.jsonl"))
    assert {status for status, *_ in expected} == {"opened", "resolved"} and len(expected) > 20
    ids = []
    for data, threads, parts in (("one", 1, 1), ("many", 4, 1), ("resumed", 2, 9)):
        alerts = []
        for part in range(1, parts + 1):
            (work_dir / "in.jsonl").write_text("".join(lines[:len(lines) * part // parts]))
            alerts += program("run", "--policies", "p.yaml", "--input", "in.jsonl", "--data-dir",
                              data, "--threads", threads, status=0).lines()
        assert sorted(map(seen, alerts)) == expected, data
        ids.append(sorted((a["id"], a["status"]) for a in alerts))
    assert ids[0] == ids[1] == ids[2]
    assert late == 0


def test_what_is_late_or_has_no_group_is_counted(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    times = [0, 100, 20, 19, 200]  # 20 is behind by timespan and lateness; 19 too
    records = [change(i, {"shop": "a"}, None, at_us=START_US + t * SECOND)
               for i, t in enumerate(times)]
    records.append(change(9, {"price": 1}, None, at_us=START_US + 200 * SECOND))
    write_changes(work_dir / "in.jsonl", records)
    assert program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines() == []
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        counts = dict(store.execute("SELECT counter, count FROM policy_count"))
    assert counts["late"] == 2 and counts["group_absent"] == 1 and counts["matched"] == 6


def test_an_edited_title_keeps_the_windows_an_edited_timespan_does_not(program, work_dir):
    def run(policy, count):
        (work_dir / "p.yaml").write_text(policy)
        write_changes(work_dir / "in.jsonl",
                      [change(i, {"shop": "a"}, None, at_us=START_US + i) for i in range(count)])
        return program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines()

    assert run(POLICY, 3) == []
    retitled = POLICY.replace("Many deletes", "A burst")
    (alert,) = run(retitled, 4)
    assert alert["title"] == "A burst in a" and alert["correlation"]["event_count"] == 4
    longer = retitled.replace("60s", "61s")
    assert run(longer, 7) == []
    (alert,) = run(longer, 8)
    assert [e["source"]["offset"] > 0 for e in alert["correlation"]["events"]] == [True] * 4
