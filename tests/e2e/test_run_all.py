"""`all` and `require` through `deltaward run`, `policy test` and `policy check`."""
import json

import pytest

from cli import change

START_US = 1772323200000000
SECOND_US = 1000000

OWN = """apiVersion: deltaward/v1
kind: Policy
id: new-and-many
severity: high
match: {tables: [products], operations: [MODIFY]}
correlation:
  group_by: [new.by]
  all:
    first: {type: new_terms, fields: [keys.sku], history_window: 1d, within: 1m}
    many: {type: event_count, timespan: 1m, condition: {gte: 3}}
    sum: {type: value_sum, field: new.price, timespan: 1m, condition: {gte: 100}}
  require: REQUIRE
alert: {title: "{new.by} at {keys.sku}"}
"""

FED = """apiVersion: deltaward/v1
kind: Policy
id: fell
severity: low
mode: signal
match: {tables: [products], operations: [MODIFY]}
condition: new.price < old.price
---
apiVersion: deltaward/v1
kind: Policy
id: rose
severity: low
mode: signal
match: {tables: [products], operations: [MODIFY]}
condition: new.price > old.price
---
apiVersion: deltaward/v1
kind: Policy
id: fell-without-rise
severity: high
correlation:
  group_by: [keys.sku]
  allowed_lateness: 5s
  all:
    falls: {type: event_count, policies: [fell], timespan: 1m, condition: {gte: 2}}
    rises: {type: event_count, policies: [rose], timespan: 1m, condition: {gte: 1}}
  require: falls && !rises
alert: {title: "{keys.sku} fell to {new.price}"}
"""


def write(work_dir, changes):
    (work_dir / "changes.jsonl").write_text("".join(json.dumps(c) + "\n" for c in changes))


def price(number, old, new, by="eve", sku="S0"):
    return change(number, {"price": old}, {"price": new, "by": by}, sku=sku,
                  at_us=START_US + number * SECOND_US)


def run(program, *words):
    told = program("run", "--policies", "policies.yaml", "--input", "changes.jsonl",
                   "--data-dir", "data", *words, status=0)
    return [alert for alert in told.lines() if alert["status"] == "opened"]


@pytest.mark.parametrize("require,fires_at,holds", [
    ("first && many", 2, {"first": 1, "many": 3}),
    ("many && sum", 3, {"first": 1, "many": 4, "sum": 4}),
    ("first && (many || sum)", 2, {"first": 1, "many": 3}),
    ("first", 0, {"first": 1}),
])
def test_parts_over_own_matches(program, work_dir, require, fires_at, holds):
    """Four changes of one item by one writer, 30 each: many at the third, 100 at the fourth."""
    (work_dir / "policies.yaml").write_text(OWN.replace("REQUIRE", require))
    write(work_dir, [price(n, 10, 30) for n in range(4)])
    [alert] = run(program)
    correlation = alert["correlation"]
    assert correlation["type"] == "all" and correlation["require"] == require
    parts = correlation["parts"]
    assert {name: part["count"] for name, part in parts.items() if part["holds"]} == holds
    assert correlation["event_count"] == sum(holds.values())
    assert alert["event_time"] == f"2026-03-01T00:00:0{fires_at}Z"
    assert alert["group"] == '["eve"]'


DENIED = """\
apiVersion: deltaward/v1
kind: Policy
id: few
owner: o
severity: low
match: {tables: [t], operations: [MODIFY]}
correlation:
  group_by: []
  all:
    few: {type: event_count, timespan: 1m, condition: {gte: 2}}
    many: {type: event_count, timespan: 1m, condition: {gte: 4}}
  require: few && !many
tests:
  - name: events in order are not late without any lateness
    events:
      - {at: 0s, op: MODIFY, keys: {a: 1}, new: {}}
      - {at: 1s, op: MODIFY, keys: {a: 2}, new: {}}
    expect: {fired: true, count: 1}
  - name: nor are those of one time
    events:
      - {at: 1s, op: MODIFY, keys: {a: 1}, new: {}}
      - {at: 1s, op: MODIFY, keys: {a: 2}, new: {}}
      - {at: 1s, op: MODIFY, keys: {a: 3}, new: {}}
      - {at: 1s, op: MODIFY, keys: {a: 4}, new: {}}
    expect: {fired: false}
"""


def test_events_in_order_are_in_time(program, work_dir):
    (work_dir / "policies.yaml").write_text(DENIED)
    run = program("policy", "test", "policies.yaml", status=0)
    assert "2 passed" in run.out + run.err


def test_parts_over_findings_wait_for_what_may_deny_them(program, work_dir):
    """S0 falls twice. S1 falls twice too and rises late, but in time."""
    (work_dir / "policies.yaml").write_text(FED)
    falls = [price(n, 10, 9, sku=sku) for n in (0, 10) for sku in ("S0", "S1")]
    write(work_dir, [*falls, price(8, 5, 6, sku="S1"), price(30, 1, 1, sku="S9")])
    [alert] = run(program)
    assert alert["title"] == "S0 fell to 9"
    assert alert["event_time"] == "2026-03-01T00:00:10Z"
    assert alert["correlation"]["parts"]["rises"] == {"holds": False}
    assert [event["event_time"] for event in alert["correlation"]["events"]] == \
        ["2026-03-01T00:00:10Z"]


@pytest.mark.parametrize("old,new,says", [
    ("REQUIRE", "first && few", "few"),
    ("REQUIRE", "1 + 2", "a condition gives true or false"),
    ("  require: REQUIRE\n", "", "'require' is missing: what of the parts must hold"),
    ("  all:", "  timespan: 1m\n  all:", "'timespan' does not stand beside 'all'"),
    ("many: {type: event_count,", "many: {type: event_count, allowed_lateness: 1s,",
     "parts share 'allowed_lateness'"),
    (", within: 1m}", "}", "'within' is missing: how long the part stays true"),
    ("many: {type: event_count,", "many: {type: event_count, policies: [other],",
     "this part names no policies, while others do"),
    ("many: {type: event_count,", "parts: {type: event_count,",
     "'parts' means all of them in 'require'"),
    ("many: {type: event_count,", "many: {", "a correlation has a type"),
])
def test_refused(program, work_dir, old, new, says):
    assert old in OWN
    (work_dir / "policies.yaml").write_text(
        OWN.replace(old, new).replace("REQUIRE", "first && many"))
    told = program("policy", "check", "policies.yaml")
    assert told.status == 1 and says in told.out + told.err
