"""Gate: three detectors on twelve partitions, one killed and started again, one added, the broker
bounced: the same findings as one detector, alerts equal to a fold of the same log."""
import os

import events
import oracle
import pipeline
import product
import pytest

RECORDS = min(60_000, int(os.environ.get("DELTAWARD_PIPELINE_RECORDS", "100000")))
STEPS = 6
WAIT_S = 180


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    return product.generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)


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


def run(pipe, kafka, lines, detectors, disturbing=False):
    """The logs of signals, after all is evaluated and decided."""
    pipe.create_topics()
    for number in range(detectors):
        pipe.start_detect(f"detect-{number}")
    part = len(lines) // STEPS + 1
    for step in range(STEPS):
        kafka.produce(pipe.topic("events"), events.events_of(lines[step * part:(step + 1) * part]))
        if disturbing:
            disturb(step, pipe, kafka)
    pipe.wait_evaluated(WAIT_S)
    pipe.wait_decided(WAIT_S)
    for process in pipe.processes:
        process.stop()
    return pipe.signals()


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
        run(pipe, kafka, lines, 3, disturbing=True)
        pipe.expect_alerts_of(pipe.expect_findings(expected))
        assert pipe.processes[1].kills == 1 and len(pipe.processes) == 4
