"""Every alert that the program writes is as docs/alert.schema.json says, and that says all."""
import json
import pathlib

import jsonschema
import pytest

from calls import stream_off
from cli import change, price_change, write_changes

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "alert.schema.json").read_text())

POLICIES = """\
apiVersion: deltaward/v1
kind: Policy
id: full
name: Every key that shows
description: For people.
version: 1.2.3
owner: o
severity: {default: low, expression: "'critical'"}
match: {tables: [products]}
condition: has(new.price) && new.price > 15
suppression: {group_by: [keys.sku], duration: 10s, summary: true}
mask: {new.account: last4, old.account: redact}
alert:
  title: "Price {new.price} {new.account|none}"
  description: "by {new.updated_by|somebody}"
  context: {price: new.price, account: "new.?account", none: "new.?missing"}
  steps: ["restore {old.price|nothing}", stop]
  runbook: full.md
  references: ["https://example.com/"]
  false_positives: [a sale]
  routes: [default]
tags: [a.b]
compliance: [{framework: SOX, control: "404"}]
---
apiVersion: deltaward/v1
kind: Policy
id: bare
severity: medium
match: {tables: [bare]}
suppression: none
---
apiVersion: deltaward/v1
kind: Policy
id: called
severity: medium
match: {source: api_call, operations: [UpdateTable]}
---
apiVersion: deltaward/v1
kind: Policy
id: burst
severity: low
match: {tables: [products]}
correlation: {type: event_count, group_by: [table], timespan: 5m, condition: {gte: 3}}
---
apiVersion: deltaward/v1
kind: Policy
id: unusual
severity: low
match: {tables: [visits]}
correlation: {type: baseline, metric: event_count, group_by: [table], bucket: 5s}
suppression: none
---
apiVersion: deltaward/v1
kind: Policy
id: over
severity: low
correlation: {type: event_count, policies: [full], timespan: 5m, condition: {gte: 1}}
---
apiVersion: deltaward/v1
kind: Policy
id: broken
severity: high
match: {tables: [products]}
condition: new.missing > 1
"""


def wide(number):
    old = {f"a{i}": i for i in range(100)}
    new = {f"a{i}": "x" * 5000 if i % 2 else i + 1 for i in range(100)}
    new["\u202e\u0001\"name\""] = "\u202e\u0001\"text\""
    return change(number, old, new, table="bare")


@pytest.fixture
def alerts(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICIES)
    changes = [price_change(i, 10, 20 + i, sku="A") for i in range(12)]
    changes += [change(20, {"price": 10, "account": "DE001234"},
                       {"price": 20, "account": "DE005678"}),
                change(21, {"price": 1}, None), change(22, None, {"price": 100}), wide(23),
                change(24, None, {"name": "\u20ac"}, table="bare"),
                change(25, {"name": "\u20ac"}, None, table="bare"),
                price_change(5000, 1, 2, sku="B")]
    changes.append(stream_off(26))
    visits = [(5 * i, 2 + i % 3) for i in range(40)] + [(400, 200)]  # silence, then a burst
    changes += [change(100000 + second, {"n": n}, None, table="visits")
                for second, count in visits for n in range(count)]
    write_changes(work_dir / "changes.jsonl", changes)
    run = program("run", "--policies", "p.yaml", "--input", "changes.jsonl", status=0)
    return run.lines()


def test_every_alert_fits_the_schema(alerts):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert len(alerts) > 10
    for alert in alerts:
        errors = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(alert)]
        assert not errors, f"{errors}\n{alert}"


def test_the_alerts_show_every_member_of_the_schema(alerts):
    shown = {key for alert in alerts for key in alert}
    missing = set(SCHEMA["properties"]) - shown
    assert missing == {"context_omitted", "cut"}  # tests/notify has alerts that are cut
    assert {alert["status"] for alert in alerts} == {"opened", "updated", "resolved"}


def test_a_baseline_shows_every_member_of_its_own(alerts):
    said = [a["correlation"] for a in alerts if a["policy"]["id"] == "unusual"]
    shown = {key for one in said for key in one}
    known = set(SCHEMA["properties"]["correlation"]["properties"])
    assert known - shown == {"timespan", "condition", "approximate", "window", "percentile",
                             "require", "parts", "before", "after"}
    assert {one["event_count"] == 0 for one in said} == {True, False}


def test_members_stand_in_the_order_of_the_schema(alerts):
    order = list(SCHEMA["properties"])
    for alert in alerts:
        assert list(alert) == [key for key in order if key in alert]


def test_every_field_is_described():
    def undescribed(schema, path):
        if isinstance(schema, dict):
            for name, field in schema.get("properties", {}).items():
                if "description" not in field:
                    yield f"{path}.{name}"
                yield from undescribed(field, f"{path}.{name}")
            yield from undescribed(schema.get("items"), f"{path}[]")
    assert not list(undescribed(SCHEMA, ""))


def test_the_schema_itself_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_masked_values_are_nowhere(alerts):
    text = json.dumps(alerts)
    assert "DE001234" not in text and "DE005678" not in text
    assert "****5678" in text
