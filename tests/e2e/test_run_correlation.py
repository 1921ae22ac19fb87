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
    return sorted((status, group, count, first, last, why[1], tuple(e[:3] for e in why[2]))
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


def test_a_sink_that_comes_later_gets_the_same(program, work_dir):
    """It gets what the store holds, a batch of rows at a time."""
    def run(sinks):
        (work_dir / "deltaward.yaml").write_text(json.dumps({
            "policies": ["p.yaml"], "sources": [{"name": "in", "type": "file", "path": "in.jsonl"}],
            "sinks": [{"name": name, "type": "file", "path": f"{name}.out"} for name in sinks]}))
        program("run", status=0)
    (work_dir / "p.yaml").write_text(POLICY)
    write_changes(work_dir / "in.jsonl", [record for *_, record in random_changes(1, 600)])
    run(["first"])
    run(["first", "later"])
    first, later = ((work_dir / f"{name}.out").read_text() for name in ("first", "later"))
    assert later == first and first.count('"correlation":') > 20


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


VALUES = """\
apiVersion: deltaward/v1
kind: Policy
id: many-items
severity: low
match: {tables: [t], operations: [REMOVE]}
correlation: {type: value_count, field: keys, group_by: [table], timespan: 5m, condition: {gte: 3}}
tests:
  - name: three items
    events:
      - {at: 0s, op: REMOVE, keys: {a: 1, b: 2}, old: {}}
      - {at: 1s, op: REMOVE, keys: {a: 2, b: 1}, old: {}}
      - {at: 2s, op: REMOVE, keys: {a: 3, b: 1}, old: {}}
    expect: {fired: true, count: 1}
  - name: two items, one of them twice, however its key is written
    events:
      - {at: 0s, op: REMOVE, keys: {a: 1, b: 2}, old: {}}
      - {at: 1s, op: REMOVE, keys: {b: 2, a: 1.0}, old: {}}
      - {at: 2s, op: REMOVE, keys: {a: 3, b: 1}, old: {}}
    expect: {fired: false}
---
apiVersion: deltaward/v1
kind: Policy
id: many-tags
severity: low
match: {tables: [t], operations: [INSERT]}
correlation: {type: value_count, field: new.tags, group_by: ["new.?shop"], timespan: 5m,
              condition: {gt: 3}}
mask: {new.tags: redact}
tests:
  - name: each element counts
    events:
      - {at: 0s, op: INSERT, keys: {a: 1}, new: {shop: s, tags: [x, y, y]}}
      - {at: 1s, op: INSERT, keys: {a: 2}, new: {shop: s, tags: [z, null, w]}}
    expect: {fired: true, count: 1, group: '["s"]'}
  - name: null and missing do not, nor what is in no group
    events:
      - {at: 0s, op: INSERT, keys: {a: 1}, new: {shop: s, tags: [x, y, null]}}
      - {at: 1s, op: INSERT, keys: {a: 2}, new: {shop: s}}
      - {at: 2s, op: INSERT, keys: {a: 3}, new: {shop: s, tags: [z]}}
      - {at: 3s, op: INSERT, keys: {a: 4}, new: {tags: [w]}}
    expect: {fired: false}
---
apiVersion: deltaward/v1
kind: Policy
id: structuring
severity: low
match: {tables: [t], operations: [MODIFY]}
condition: new.amount < 1000
correlation: {type: value_sum, field: new.amount, group_by: [new.payer], timespan: 1h,
              condition: {gt: 2000.1}}
tests:
  - name: exactly the bound is not above it
    events:
      - {at: 0s, op: MODIFY, keys: {a: 1}, new: {payer: p, amount: 999.9}}
      - {at: 1s, op: MODIFY, keys: {a: 2}, new: {payer: p, amount: 0.3}}
      - {at: 2s, op: MODIFY, keys: {a: 3}, new: {payer: p, amount: 999.9}}
    expect: {fired: false}
  - name: a little more is
    events:
      - {at: 0s, op: MODIFY, keys: {a: 1}, new: {payer: p, amount: 999.9}}
      - {at: 1s, op: MODIFY, keys: {a: 2}, new: {payer: p, amount: 0.3000001}}
      - {at: 2s, op: MODIFY, keys: {a: 3}, new: {payer: p, amount: 999.9}}
    expect: {fired: true, count: 1}
"""


FIRST_SEEN = """\
apiVersion: deltaward/v1
kind: Policy
id: new-writer
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation: {type: new_terms, fields: ["new.?by"], group_by: [keys.shop], history_window: 10h,
              learning: 1h}
suppression: none
tests:
  - name: while it learns nothing is new
    events:
      - {at: 0s, op: MODIFY, keys: {shop: s}, new: {by: a}}
      - {at: 3599s, op: MODIFY, keys: {shop: s}, new: {by: b}}
    expect: {fired: false}
  - name: then another writer is, once
    events:
      - {at: 0s, op: MODIFY, keys: {shop: s}, new: {by: a}}
      - {at: 3600s, op: MODIFY, keys: {shop: s}, new: {by: b}}
      - {at: 3601s, op: MODIFY, keys: {shop: s}, new: {by: b}}
      - {at: 3602s, op: MODIFY, keys: {shop: s}, new: {by: a}}
      - {at: 3603s, op: MODIFY, keys: {shop: s}, new: {}}
      - {at: 3604s, op: MODIFY, keys: {shop: other}, new: {by: b}}
    expect: {fired: true, count: 1}
  - name: one who was away for longer than the history is new again
    events:
      - {at: 0h, op: MODIFY, keys: {shop: s}, new: {by: a}}
      - {at: 5h, op: MODIFY, keys: {shop: s}, new: {by: b}}
      - {at: 9h, op: MODIFY, keys: {shop: s}, new: {by: a}}
      - {at: 14h, op: MODIFY, keys: {shop: s}, new: {by: b}}
      - {at: 19h, op: MODIFY, keys: {shop: s}, new: {by: a}}
    expect: {fired: true, count: 2}
"""


TOGETHER = """\
apiVersion: deltaward/v1
kind: Policy
id: new-pair
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation: {type: new_terms, fields: [new.by, new.?tags], group_by: [], history_window: 10h}
suppression: none
tests:
  - name: each known by itself, together new; in another order they are another pair
    events:
      - {at: 0s, op: MODIFY, keys: {id: 1}, new: {by: a, tags: x}}
      - {at: 1s, op: MODIFY, keys: {id: 1}, new: {by: b, tags: y}}
      - {at: 2s, op: MODIFY, keys: {id: 1}, new: {by: a, tags: y}}
      - {at: 3s, op: MODIFY, keys: {id: 1}, new: {by: y, tags: a}}
      - {at: 4s, op: MODIFY, keys: {id: 1}, new: {by: a, tags: x}}
    expect: {fired: true, count: 4}
  - name: lists make each combination one
    events:
      - {at: 0s, op: MODIFY, keys: {id: 1}, new: {by: [a, b], tags: [x, y, x]}}
      - {at: 1s, op: MODIFY, keys: {id: 1}, new: {by: b, tags: y}}
    expect: {fired: true, count: 4}
  - name: one of them missing or null makes none
    events:
      - {at: 0s, op: MODIFY, keys: {id: 1}, new: {by: a}}
      - {at: 1s, op: MODIFY, keys: {id: 1}, new: {by: null, tags: x}}
      - {at: 2s, op: MODIFY, keys: {id: 1}, new: {by: [], tags: [x]}}
      - {at: 3s, op: MODIFY, keys: {id: 1}, new: {by: [a, null], tags: [null]}}
    expect: {fired: false}
"""


def test_several_fields_are_one_value(program, work_dir):
    (work_dir / "t.yaml").write_text(TOGETHER)
    run = program("policy", "test", "t.yaml", status=0)
    assert "3 passed" in run.out + run.err
    records = [change(0, {}, {"by": "a"}, table="t", at_us=START_US)]
    write_changes(work_dir / "in.jsonl", records)
    assert program("run", "--policies", "t.yaml", "--input", "in.jsonl", status=0).lines() == []
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        counts = dict(store.execute("SELECT counter, count FROM policy_count"))
    assert counts["value_absent"] == 1 and counts["matched"] == 1


def test_values_are_counted_and_summed(program, work_dir):
    (work_dir / "v.yaml").write_text(VALUES)
    run = program("policy", "test", "v.yaml", status=0)
    assert "6 passed" in run.out + run.err


def test_what_is_seen_first_is_found(program, work_dir):
    (work_dir / "f.yaml").write_text(FIRST_SEEN)
    run = program("policy", "test", "f.yaml", status=0)
    assert "3 passed" in run.out + run.err
    records = [change(i, {}, {"by": by}, sku="s", table="t", at_us=START_US + h * 3600 * SECOND)
               for i, (h, by) in enumerate([(0, "a"), (1, "b"), (2, "c"), (3, "b")])]
    policy = FIRST_SEEN.replace("keys.shop", "keys.sku").split("tests:")[0]
    (work_dir / "f.yaml").write_text(policy)
    alerts = []
    for count in range(1, len(records) + 1):  # resumed after each record
        write_changes(work_dir / "in.jsonl", records[:count])
        alerts += program("run", "--policies", "f.yaml", "--input", "in.jsonl", status=0).lines()
    said = [a["correlation"] for a in alerts]
    assert [(s["type"], s["value"], microseconds(s["since"]) - START_US) for s in said] == [
        ("new_terms", 1, 0), ("new_terms", 2, 0)]
    assert [a["changes"][0]["after"] for a in alerts] == ["b", "c"]


def test_a_field_that_cannot_be_summed_is_told(program, work_dir):
    (work_dir / "v.yaml").write_text(VALUES)
    records = [change(i, {}, {"payer": "p", "amount": amount}, table="t",
                      at_us=START_US + i * SECOND) for i, amount in enumerate([5, -1, 7])]
    records[2]["dynamodb"]["NewImage"]["amount"] = {"L": [{"N": "7"}]}
    write_changes(work_dir / "in.jsonl", records)
    policy = VALUES.replace("condition: new.amount < 1000\n", "")
    (work_dir / "v.yaml").write_text(policy)
    (alert,) = program("run", "--policies", "v.yaml", "--input", "in.jsonl", status=0).lines()
    assert alert["problem"] == (
        "the field of the correlation is below 0: a sum with gt and gte alone only adds; give it "
        "an upper bound too, or watch value_avg")
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        counts = dict(store.execute("SELECT counter, count FROM policy_count"))
        values = [v for v, in store.execute("SELECT value FROM signal WHERE value <> ''")]
    assert counts["not_evaluable"] == 1 and values == ["5", "7"]  # a list gives its elements


def test_values_that_are_counted_stand_nowhere(program, work_dir):
    (work_dir / "v.yaml").write_text(VALUES)
    records = [change(i, None, {"shop": "s", "tags": f"secret-{i}"}, table="t",
                      at_us=START_US + i) for i in range(5)]
    write_changes(work_dir / "in.jsonl", records)
    alerts = program("run", "--policies", "v.yaml", "--input", "in.jsonl", status=0).lines()
    assert [a["correlation"]["value"] for a in alerts] == [4]
    stored = b"".join(path.read_bytes() for path in work_dir.rglob("deltaward.db*"))
    assert b"many-tags" in stored and b"secret" not in stored


NUMBERS = """\
apiVersion: deltaward/v1
kind: Policy
id: mean
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation: {type: value_avg, field: new.n, group_by: [], timespan: 1m, condition: {lt: -1}}
suppression: none
tests:
  - name: each window that ends with an event is looked at once
    events:
      - {at: 0s, op: MODIFY, keys: {a: 1}, new: {n: -3}}
      - {at: 1s, op: MODIFY, keys: {a: 2}, new: {n: 1}}
      - {at: 2s, op: MODIFY, keys: {a: 3}, new: {n: -1.1}}
    expect: {fired: true, count: 2}
---
apiVersion: deltaward/v1
kind: Policy
id: p90
severity: low
match: {tables: [t], operations: [INSERT]}
correlation: {type: value_percentile, percentile: 90, field: new.n, group_by: [], timespan: 1m,
              condition: {eq: 9}}
tests:
  - name: the nearest rank of ten
    events:
      - {at: 0s, op: INSERT, keys: {a: 1}, new: {n: [4, 10, 2, 7, 9]}}
      - {at: 0s, op: INSERT, keys: {a: 2}, new: {n: [1, 8, 3, 6, 5]}}
    expect: {fired: true, count: 1}
---
apiVersion: deltaward/v1
kind: Policy
id: saldo
severity: low
match: {tables: [t], operations: [REMOVE]}
correlation: {type: value_sum, field: old.n, group_by: [], timespan: 1m,
              condition: {gt: 0, lt: 1000}}
suppression: none
tests:
  - name: what is below 0 counts where the condition waits
    events:
      - {at: 0s, op: REMOVE, keys: {a: 1}, old: {n: -3}}
      - {at: 1s, op: REMOVE, keys: {a: 2}, old: {n: 3.5}}
      - {at: 2s, op: REMOVE, keys: {a: 3}, old: {n: -0.5}}
    expect: {fired: true, count: 1}
"""


def test_means_and_percentiles_wait_for_the_watermark(program, work_dir):
    (work_dir / "n.yaml").write_text(NUMBERS)
    run = program("policy", "test", "n.yaml", status=0)
    assert "3 passed" in run.out + run.err
    records = [change(i, {}, {"n": n}, table="t", at_us=START_US + at * SECOND)
               for i, (at, n) in enumerate([(0, 1), (5, -4), (5, -6), (4, 3), (6, 9), (50, 9)])]
    said = []
    for count in range(1, len(records) + 1):  # resumed after each record
        write_changes(work_dir / "in.jsonl", records[:count])
        alerts = program("run", "--policies", "n.yaml", "--input", "in.jsonl", status=0).lines()
        said += [(count, a["correlation"]["value"], a["correlation"]["event_count"],
                  a["changes"][0]["after"], microseconds(a["first_seen"]) - START_US)
                 for a in alerts]
    # 1, -4 and -6: looked at once time has passed 5 s, with which 4 s is late
    assert said == [(5, -3, 3, -6, 5 * SECOND)]
    with sqlite3.connect(next(work_dir.rglob("deltaward.db"))) as store:
        counts = dict(store.execute("SELECT counter, count FROM policy_count"))
    assert counts["late"] == 1 and counts["matched"] == 6


KINDS = """\
apiVersion: deltaward/v1
kind: Policy
id: quiet
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation: {type: event_count, window: tumbling, timespan: 1m, group_by: [new.g],
              condition: {lt: 2}}
suppression: none
---
apiVersion: deltaward/v1
kind: Policy
id: visit
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation: {type: value_count, field: new.n, window: session, gap: 30s, group_by: [new.g],
              condition: {eq: 3}, allowed_lateness: 10s}
suppression: none
---
apiVersion: deltaward/v1
kind: Policy
id: both
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation:
  group_by: [new.g]
  all:
    quiet: {type: event_count, window: tumbling, timespan: 1m, condition: {eq: 0}}
    busy: {type: event_count, window: session, gap: 30s, within: 3m, condition: {gte: 4}}
  require: quiet && busy
suppression: none
"""


def test_windows_of_every_kind_from_yaml_to_alerts(program, work_dir):
    (work_dir / "k.yaml").write_text(KINDS)
    times = [(0, "a", 1), (20, "a", 2), (50, "a", 1), (45, "a", 3), (81, "b", 1), (200, "c", 1)]
    records = [change(i, {}, {"g": g, "n": n}, table="t", at_us=START_US + at * SECOND)
               for i, (at, g, n) in enumerate(times)]
    records.append(change(9, {}, {}, table="other", at_us=START_US + 1000 * SECOND))
    said = []
    for count in range(1, len(records) + 1):  # resumed after each record
        write_changes(work_dir / "in.jsonl", records[:count])
        alerts = program("run", "--policies", "k.yaml", "--input", "in.jsonl", status=0).lines()
        said += sorted((count, a["policy"]["id"], a["group"], a["correlation"]["event_count"],
                        (microseconds(a["first_seen"]) - START_US) // SECOND) for a in alerts)
        assert all(len(a["correlation"]["events"]) >= 1 for a in alerts)
        assert {a["correlation"].get("window") for a in alerts} <= {"tumbling", "session", None}
    # record by record: which policy, group, how many events, when
    assert [row for row in said if row[1] != "both"] == [
        (6, "quiet", '["a"]', 0, 120), (6, "quiet", '["b"]', 0, 180),
        (6, "quiet", '["b"]', 1, 81), (6, "visit", '["a"]', 4, 50),
        (7, "quiet", '["c"]', 0, 300), (7, "quiet", '["c"]', 1, 200)]
    assert [row[:3] for row in said if row[1] == "both"] == [(6, "both", '["a"]')]
