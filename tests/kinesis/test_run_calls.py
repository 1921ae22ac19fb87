"""`deltaward run` with a stream of API calls: many in a record, compressed."""
import trail
from kinesis_world import stream  # noqa: F401
from test_run import Run


def test_run__calls_of_a_trail(deltaward, kinesis, stream, tmp_path):  # noqa: F811
    said = trail.calls()
    expected = trail.expected(said, deltaward, tmp_path / "file")
    values = trail.records(said)
    run = Run(deltaward, tmp_path / "run", kinesis.endpoint, stream.arn,
              tmp_path / "file" / "policies.yaml")
    trail.put(stream.client, stream.name, values)
    with run:
        run.wait_for(lambda it: it.read() >= len(values), "the records")
    assert set(run.findings()) == expected
    (counted,) = run.query("SELECT read, evaluated, skipped, quarantined FROM source")
    assert counted == (len(values), len(values) - 1, 1, 0)
    opened = [alert["policy"]["id"] for alert in run.alerts() if alert["status"] == "opened"]
    assert opened.count("stream-off") == len(said) // 3 and opened.count("looks-around") == 1
