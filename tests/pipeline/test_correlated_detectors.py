"""Gate: correlations over groups that are spread over twelve partitions, on three detectors, one
killed and started again, one added, the broker bounced: findings and groups that fire are those of
`deltaward run`, alerts those of a fold of the same log in one thread."""
import collections
import json

import correlated
import detectors
import events
import pipeline
import product
import pytest
import shop

WAIT_S = 400
# Records are months old: quiet partitions must not go on to the time of today.
PATIENT = {"idle_after": "1h"}


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
    fired, counted = shop.openings(alerts)
    assert {name: len(found) for name, found in fired.items() if len(found) <= 5} == {}
    assert all(len(fired[name]) < shop.SHOPS for name in shop.AT_ONCE)
    assert all(len(fired[name]) < shop.RECORDS / 2 for name in shop.AT_WATERMARK)
    assert max(counted.values()) > 5


def feed(pipe, kafka, lines):
    """Some of each part is decided before the next disturbance."""
    def after(step):
        pipeline.wait_until(lambda: pipe.size("alerts") > said[0], WAIT_S,
                            "there are alerts of these records")
        detectors.disturb(step, pipe, kafka)
        said[0] = pipe.size("alerts")
    said = [0]
    detectors.feed(pipe, kafka, list(events.events_of(lines)), after)
    kafka.produce(pipe.topic("events"), shop.last_messages(pipeline.PARTITIONS))


def expect_alerts_of(pipe, logs):
    """The topic of alerts is what the fold says: nothing else, and nothing missing below the
    committed output position. Returns the alerts."""
    alerts = [(int(headers["signals-partition"]), alert) for headers, alert in pipe.alerts()]
    said = {(part, correlated.row_of(alert)) for part, alert in alerts}
    committed = pipe.kafka.committed(pipe.group("decide"), pipe.topic("signals"))
    allowed, wanted = set(), set()
    for part, log in logs.items():
        folded = correlated.fold_log(log, shop.ORACLE)
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


def recoveries(pipe):
    """From which place in the log partitions were taken up again."""
    lines = [line for process in pipe.everyone for line in process.log.read_text().splitlines()
             if '"event":"state_recovered"' in line]
    return [json.loads(line)["snapshot"] for line in lines]


@pytest.mark.parametrize("snapshots", ["1h", "1s"])
def test_correlations_do_not_depend_on_detectors(deltaward, start_service, tmp_path, snapshots):
    """With snapshots each second what is watched is taken up from the middle of the log, else from
    its beginning, or where somebody left in good order."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "shop.yaml").write_text(shop.POLICIES)
    lines = shop.random_lines()
    findings, expected = run_embedded(deltaward, tmp_path, tmp_path / "policies",
                                      [*lines, shop.last_line(0)])
    expect_some_fire(expected)
    kafka = start_service("kafka")
    settings = {"policies": [str(tmp_path / "policies")],
                "detect": {**PATIENT, "snapshot_interval": snapshots}}
    with pipeline.Pipeline(deltaward, tmp_path, kafka, **settings) as pipe:
        detectors.start(pipe, 3)
        feed(pipe, kafka, lines)
        detectors.finish(pipe, WAIT_S)
        logs = pipe.expect_findings(findings)
        expect_spread(logs)
        alerts = expect_alerts_of(pipe, logs)
        assert shop.openings(alerts) == shop.openings(expected)
        assert pipe.processes[1].kills == 1 and len(pipe.processes) == 4
        assert snapshots == "1h" or max(recoveries(pipe)) > 0
