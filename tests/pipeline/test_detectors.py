"""Gate: three detectors on twelve partitions, one killed and started again, one added, the broker
bounced: the same findings as one detector, alerts equal to a fold of the same log."""
import os

import detectors
import events
import oracle
import pipeline
import product
import pytest

RECORDS = min(60_000, int(os.environ.get("DELTAWARD_PIPELINE_RECORDS", "100000")))
WAIT_S = 180


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    return product.generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)


def run(pipe, kafka, lines, count, after=lambda step: None):
    """`count` detectors: all is evaluated and decided."""
    detectors.start(pipe, count)
    detectors.feed(pipe, kafka, list(events.events_of(lines)), after)
    detectors.finish(pipe, WAIT_S)


def test_detectors__findings_do_not_depend_on_them(deltaward, changes, start_service, tmp_path):
    kafka = start_service("kafka")
    lines = [line for line in changes.read_bytes().splitlines() if line]
    expected = {(policy, finding) for policy, _, finding in oracle.expected_findings(changes)}
    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()
    with pipeline.Pipeline(deltaward, tmp_path / "one", kafka, prefix="one") as pipe:
        run(pipe, kafka, lines, 1)
        pipe.expect_alerts_of(pipe.expect_findings(expected))
    with pipeline.Pipeline(deltaward, tmp_path / "three", kafka, prefix="three") as pipe:
        run(pipe, kafka, lines, 3, lambda step: detectors.disturb(step, pipe, kafka))
        pipe.expect_alerts_of(pipe.expect_findings(expected))
        assert pipe.processes[1].kills == 1 and len(pipe.processes) == 4
