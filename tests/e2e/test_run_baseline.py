"""`deltaward run` with a baseline, from YAML to alerts: against the oracle, at any number of
threads, in one run or resumed; and cases that can be read."""
import json
import random

import pytest

import correlation_oracle as oracle
from cli import change, write_changes
from test_correlation import SECOND, expected_of, microseconds

START_US = 1772359200000000  # a Sunday, 10:00
POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: more-than-usual
severity: high
match: {tables: [products], operations: [REMOVE]}
correlation:
  type: baseline
  metric: %s
  group_by: [old.shop]
  bucket: 10s
  allowed_lateness: 20s
suppression: {duration: 2m, summary: false}
alert: {title: "Unusual in {old.shop}"}
"""


def oracle_policy(metric):
    return oracle.Policy("baseline", 10 * SECOND, 20 * SECOND, {}, 120 * SECOND, 600 * SECOND, 0,
                         metric)


def random_changes(seed, count):
    """(shop, time, price, record): a few a bucket, bursts, pauses; up to 15 s out of order."""
    rng = random.Random(seed)
    now = START_US
    for number in range(count):
        now += rng.choice([0, 1, 2, 4]) * SECOND * (rng.random() > 0.1)
        now += rng.choice([0] * 300 + [200, 2000, 40000]) * SECOND
        shop, price = rng.choice("abcd"), rng.choice([1, 2, 3, 3, 3, 90])
        time = now + rng.randint(-7, 7) * SECOND + rng.choice([0, 7])
        yield shop, time, price, change(number, {"price": price, "shop": shop}, None, at_us=time)


def expected_alerts(metric, changes, offsets, source):
    fold = oracle.Fold({0: oracle_policy(metric)}, repeats=False)
    log, newest = [], 0
    for number, ((shop, time, price, _), offset) in enumerate(zip(changes, offsets)):
        newest = max(newest, time)
        log.append(("signal", 0, f'["{shop}"]', number, source, offset, time, newest, price))
    fold.run(log)
    fold.hear(source, newest)
    assert fold.late == 0
    return sorted((status, group, count, first, last, why[1], tuple(e[:3] for e in why[2]),
                   why[3]) for status, _, group, count, first, last, _, why in fold.alerts)


def seen(alert):
    said = alert["correlation"]
    return (alert["status"], alert["group"], alert["count"], microseconds(alert["first_seen"]),
            microseconds(alert["last_seen"]), said["event_count"],
            tuple((microseconds(e["event_time"]), e["source"]["name"], e["source"]["offset"])
                  for e in said["events"]), expected_of(said))


@pytest.mark.parametrize("metric", ["event_count", "sum", "distinct"])
def test_alerts_are_those_of_the_oracle(program, work_dir, metric):
    keys = metric if metric == "event_count" else f"{metric}\n  field: old.price"
    (work_dir / "p.yaml").write_text(POLICY % keys)
    changes = list(random_changes(metric, 3000))
    lines = [json.dumps(record) + "\n" for *_, record in changes]
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    expected = expected_alerts(metric, changes, offsets, str(work_dir / "in.jsonl"))
    assert {status for status, *_ in expected} == {"opened", "resolved"} and len(expected) > 10
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


def run(program, work_dir, policy, rows):
    """Alerts of deletes at (second, old image)."""
    (work_dir / "p.yaml").write_text(policy)
    write_changes(work_dir / "in.jsonl",
                  [change(i, {"shop": "a", **old}, None, at_us=START_US + int(t * SECOND))
                   for i, (t, old) in enumerate(rows)])
    return program("run", "--policies", "p.yaml", "--input", "in.jsonl", status=0).lines()


def usual(buckets, size=lambda bucket: 3 + bucket * 5 % 7):
    return [(10 * bucket + i / 10, {}) for bucket in range(buckets) for i in range(size(bucket))]


def newest(alerts):
    return [a for a in alerts if a["status"] == "opened"][-1]


def test_a_burst_is_told_while_it_lasts(program, work_dir):
    """3 to 9 in ten seconds is usual; of 240 the first few are enough."""
    rows = usual(60) + [(600 + i / 100, {}) for i in range(240)]
    alert = newest(run(program, work_dir, POLICY % "event_count", rows))
    said = alert["correlation"]
    assert (said["type"], said["metric"], said["bucket"]) == ("baseline", "event_count", "10s")
    assert 0 <= said["expected_low"] < 4 and 8 < said["expected_high"] < 12
    assert said["expected_high"] < said["observed"] == said["value"] == said["event_count"] < 15
    assert said["view"] in ("value", "jump", "season", "level", "burst", "log")
    assert said["since"] == "2026-03-01T10:00:00Z" and not said["season_learned"]
    assert said["baseline_n"] == 58  # two are not closed yet: the lateness
    assert len(said["events"]) == said["event_count"]
    assert said["last_exceeded_at"] < said["from"]  # while it had learned little


def test_silence_is_told_when_it_is_there(program, work_dir):
    rows = usual(60) + [(10 * 65, {"shop": "another"})]
    alert = newest(run(program, work_dir, POLICY % "event_count", rows))
    said = alert["correlation"]
    assert said["observed"] == 0 == said["event_count"] and said["expected_low"] > 0
    assert said["from"] == "2026-03-01T10:10:00Z" and len(said["events"]) == 1
    assert alert["last_seen"] == said["to"] == "2026-03-01T10:10:10Z"


def test_the_share_of_truths(program, work_dir):
    ratio = "error_ratio\n  field: old.failed == 'yes'"
    rows = [(10 * bucket + i, {"failed": "yes" if i == 0 else "no"})
            for bucket in range(80) for i in range(3)]
    assert run(program, work_dir, POLICY % ratio, rows) == []
    rows += [(800 + i, {"failed": "yes"}) for i in range(9)] + [(900, {"failed": "no"})]
    alerts = run(program, work_dir, POLICY % ratio, rows)
    assert [a["correlation"]["observed"] for a in alerts] == [1]


def test_the_largest_change(program, work_dir):
    change_of = "relative_change\n  field: math.abs(old.b - old.a) / math.abs(old.a)"
    rows = [(10 * i, {"a": 100, "b": 100 + i % 5}) for i in range(60)]
    rows.append((600, {"a": 100, "b": 40}))
    said = newest(run(program, work_dir, POLICY % change_of, rows))["correlation"]
    assert said["observed"] == 0.6 and said["expected_high"] < 0.3


@pytest.mark.parametrize("keys, value, problem", [
    ("error_ratio\n  field: old.x", 2, "neither true nor false, nor 0 or 1"),
    ("relative_change\n  field: old.x", -1, "is below 0, no size of a change"),
    ("sum\n  field: old.x", "text", "is string, no number")])
def test_values_that_are_none(program, work_dir, keys, value, problem):
    (alert,) = run(program, work_dir, POLICY % keys, [(0, {"x": value})])
    assert problem in alert["problem"]
