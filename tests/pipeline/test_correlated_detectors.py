"""Gate: correlations over groups that are spread over twelve partitions, on three detectors, one
killed and started again, one added, the broker bounced: findings and groups that fire are those of
`deltaward run`, alerts those of a fold of the same log in one thread."""
import collections
import json
import random

import correlated
import events
import pipeline
import product
from cli import change
from correlation_oracle import Policy

RECORDS = 2_400
SHOPS = 60
ITEMS = 500
STEPS = 6
WAIT_S = 400
SECOND = 1_000_000
DAY = 86_400 * SECOND
START_US = 1772359200000000
SPAN_S = 3_600
POLICIES = """\
apiVersion: deltaward/v1
kind: Policy
id: ordered
severity: low
mode: signal
match: {tables: [orders], operations: [INSERT]}
---
apiVersion: deltaward/v1
kind: Policy
id: cancelled
severity: low
mode: signal
match: {tables: [orders], operations: [REMOVE]}
---
apiVersion: deltaward/v1
kind: Policy
id: many-orders
severity: high
correlation:
  type: event_count
  policies: [ordered, cancelled]
  aliases: {shop: {ordered: new.shop, cancelled: old.shop}}
  group_by: [shop]
  timespan: 5m
  condition: {gte: 10}
  allowed_lateness: 1d
suppression: {duration: 10m, summary: false}
---
apiVersion: deltaward/v1
kind: Policy
id: many-buyers
severity: high
correlation:
  type: value_count
  policies: [ordered, cancelled]
  aliases: {shop: {ordered: new.shop, cancelled: old.shop},
            by: {ordered: new.by, cancelled: old.by}}
  field: by
  group_by: [shop]
  timespan: 5m
  condition: {gt: 5}
  allowed_lateness: 1d
suppression: {duration: 10m, summary: false}
---
apiVersion: deltaward/v1
kind: Policy
id: much-money
severity: high
match: {tables: [orders], operations: [INSERT]}
correlation: {type: value_sum, field: new.amount, group_by: [new.shop], timespan: 10m,
              condition: {gt: 600}, allowed_lateness: 1d}
suppression: {duration: 10m, summary: false}
---
apiVersion: deltaward/v1
kind: Policy
id: new-buyer
severity: high
correlation:
  type: new_terms
  policies: [ordered, cancelled]
  aliases: {shop: {ordered: new.shop, cancelled: old.shop},
            by: {ordered: new.by, cancelled: old.by}}
  fields: [by]
  group_by: [shop]
  history_window: 7d
  allowed_lateness: 1d
suppression: none
"""
ORACLE = {"many-orders": Policy("event_count", 300 * SECOND, DAY, {"gte": 10}, 0, 0),
          "many-buyers": Policy("value_count", 300 * SECOND, DAY, {"gt": 5}, 0, 0),
          "much-money": Policy("value_sum", 600 * SECOND, DAY, {"gt": 600}, 0, 0),
          "new-buyer": Policy("new_terms", 7 * DAY, DAY, {}, 0, 0)}


def random_lines():
    """Some shops have many orders, most have few; up to 15 s out of order."""
    rng = random.Random(6)
    for number in range(RECORDS):
        order = {"shop": f"shop-{int(SHOPS * rng.random() ** 1.5)}", "amount": rng.randint(1, 99),
                 "by": f"buyer-{rng.randint(1, 12)}"}
        seconds = number * SPAN_S / RECORDS + rng.uniform(-15, 15)
        images = (order, None) if rng.random() < 0.3 else (None, order)
        yield json.dumps(change(number, *images, table="orders", sku=f"S{rng.randrange(ITEMS)}",
                                at_us=START_US + int(seconds * SECOND))).encode()


def openings(alerts):
    """How often each group of a policy opened, as far as no order of the records matters: each new
    value is an alert of its own; of the others whether it ever did. What was sent again counts
    once."""
    opened = collections.Counter((policy, group) for policy, group, _ in {
        (alert["policy"]["id"], alert["group"], alert["id"])
        for alert in alerts if alert["status"] == "opened"})
    return {key: count if key[0] == "new-buyer" else True for key, count in opened.items()}


def run_embedded(deltaward, folder, policies, lines):
    """({(policy, finding)}, alerts)"""
    changes = folder / "changes.jsonl"
    changes.write_bytes(b"".join(line + b"\n" for line in lines))
    run = product.Product(deltaward, folder, policies)
    run.run_well(changes)
    alerts = [json.loads(line) for line in run.output.read_text().splitlines()]
    return {(policy, finding) for policy, _, finding in run.findings()}, alerts


def expect_some_fire(alerts):
    """A gate that all groups pass, or none, would show little."""
    fired = collections.Counter(policy for policy, _ in openings(alerts))
    assert set(fired) == set(ORACLE)
    assert all(5 < count < SHOPS for policy, count in fired.items() if policy != "new-buyer")


def disturb(step, pipe, kafka):
    """What happens after each part of the records."""
    if step == 1:
        pipe.processes[1].kill()
    elif step == 2:
        pipe.processes[1].start()
    elif step == 3:
        pipe.start_detect("detect-3")
    elif step == 4:
        kafka.kill()
        kafka.up()


def feed(pipe, kafka, lines):
    """Some of each part is decided before the next disturbance."""
    produced = list(events.events_of(lines))
    part = len(lines) // STEPS + 1
    for step in range(STEPS):
        before = pipe.size("alerts")
        kafka.produce(pipe.topic("events"), produced[step * part:(step + 1) * part])
        pipeline.wait_until(lambda before=before: pipe.size("alerts") > before, WAIT_S,
                            "there are alerts of these records")
        disturb(step, pipe, kafka)


def expect_alerts_of(pipe, logs):
    """The topic of alerts is what the fold says: nothing else, and nothing missing below the
    committed output position. Returns the alerts."""
    alerts = [(int(headers["signals-partition"]), alert) for headers, alert in pipe.alerts()]
    said = {(part, correlated.row_of(alert)) for part, alert in alerts}
    committed = pipe.kafka.committed(pipe.group("decide"), pipe.topic("signals"))
    allowed, wanted = set(), set()
    for part, log in logs.items():
        folded = correlated.fold_log(log, ORACLE)
        assert folded.late == 0
        allowed |= {(part, row) for _, row in folded.said}
        wanted |= {(part, row) for place, row in folded.said if place <= committed[part][0]}
    assert wanted - said == set(), \
        f"{len(wanted - said)} of {len(wanted)} missing: {sorted(wanted - said)[:2]}"
    assert said - allowed == set(), \
        f"{len(said - allowed)} that the log does not say: {sorted(said - allowed)[:2]}"
    return [alert for _, alert in alerts]


def expect_spread(logs):
    """Groups are of many partitions, or the gate would not show that they are put together."""
    sources = collections.defaultdict(set)
    for log in logs.values():
        for one in log:
            if one["kind"] == "match":
                sources[one["policy"], one["group"]].add(one["source"])
    assert sum(len(names) > 3 for names in sources.values()) > len(sources) // 2


def test_correlations_do_not_depend_on_detectors(deltaward, start_service, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "shop.yaml").write_text(POLICIES)
    lines = list(random_lines())
    findings, expected = run_embedded(deltaward, tmp_path, tmp_path / "policies", lines)
    expect_some_fire(expected)
    kafka = start_service("kafka")
    with pipeline.Pipeline(deltaward, tmp_path, kafka,
                           policies=[str(tmp_path / "policies")]) as pipe:
        pipe.create_topics()
        for number in range(3):
            pipe.start_detect(f"detect-{number}")
        feed(pipe, kafka, lines)
        pipe.wait_evaluated(WAIT_S)
        pipe.wait_decided(WAIT_S)
        for process in pipe.processes:
            process.stop()
        logs = pipe.expect_findings(findings)
        expect_spread(logs)
        alerts = expect_alerts_of(pipe, logs)
        assert openings(alerts) == openings(expected)
        assert pipe.processes[1].kills == 1 and len(pipe.processes) == 4
