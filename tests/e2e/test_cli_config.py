"""The configuration: flag > environment > file > default; errors with places; its documents."""
import json

import pytest

from cli import POLICY, price_change, write_changes

FILE = """\
name: shop
data_dir: kept
policies: [p.yaml]
params: {price-doubled: {}}
sources:
  - {name: changes, type: file, path: c.jsonl, account: "123456789012"}
sinks:
  - {name: all, type: file, path: all.jsonl}
  - {name: urgent, type: file, path: urgent.jsonl}
detect: {threads: 3}
log: {level: warning, format: json}
"""
STREAM = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"
# every kind of value that only a distributed set-up needs
DISTRIBUTED = f"""\
sources:
  - {{name: orders, type: kinesis, stream: "{STREAM}"}}
  - {{name: old, type: kinesis, stream: old, start: at_timestamp, start_at: 2026-03-01T00:00:00Z,
     region: us-east-1, lag_limit: 90s}}
sinks:
  - {{name: topic, type: sns, topic: "arn:aws:sns:eu-west-1:123456789012:alerts.fifo"}}
  - {{name: bus, type: eventbridge}}
aws: {{profile: prod, ca_bundle: ca.pem}}
kafka:
  brokers: ["127.0.0.1:9092", "127.0.0.1:9093"]
  properties: {{security.protocol: SASL_SSL, linger.ms: 5, sasl.password: {{file: secret}}}}
detect: {{stages: [decide], snapshot_interval: 1m30s, profile: low_latency}}
http: {{listen: off}}
"""


def shown(run):
    return {row["key"]: row for row in json.loads(run.out)}


def test_precedence_and_origin(program, work_dir):
    (work_dir / "c.yaml").write_text(FILE)
    words = ["config", "show", "--json", "--config", "c.yaml"]
    threads = shown(program("config", "show", "--json", status=0))["detect.threads"]
    assert threads["origin"] == "default"
    threads = shown(program(*words, status=0))["detect.threads"]
    assert (threads["value"], threads["origin"], threads["where"]) == (3, "file", "c.yaml:10")
    env = {"DELTAWARD_DETECT_THREADS": "5"}
    threads = shown(program(*words, env=env, status=0))["detect.threads"]
    assert (threads["value"], threads["where"]) == (5, "DELTAWARD_DETECT_THREADS")
    threads = shown(program(*words, "--threads", "7", env=env, status=0))["detect.threads"]
    assert (threads["value"], threads["where"]) == (7, "--threads")


def test_the_file_is_found(program, work_dir):
    (work_dir / "other.yaml").write_text("name: other\n")
    (work_dir / "deltaward.yaml").write_text("name: here\n")
    name = lambda **k: shown(program("config", "show", "--json", status=0, **k))["name"]["value"]
    assert name() == "here"
    assert name(env={"DELTAWARD_CONFIG": "other.yaml"}) == "other"


def test_what_is_shown_reads_back_the_same(program, work_dir):
    route = "{name: default, match: {severity: [high], tags: [a]}, sinks: [all]}"
    (work_dir / "c.yaml").write_text(FILE + f"routes: [{route}]\n")
    text = program("config", "show", "--config", "c.yaml", status=0).out
    (work_dir / "again.yaml").write_text(text)
    assert program("config", "show", "--config", "again.yaml", status=0).out == text
    assert "# file: c.yaml:1" in program("config", "show", "--origin", "--config", "c.yaml").out


def test_the_keys_of_a_distributed_set_up(program, work_dir):
    (work_dir / "c.yaml").write_text(DISTRIBUTED)
    rows = shown(program("config", "show", "--json", "--config", "c.yaml", status=0))
    orders, old = rows["sources"]["value"]
    assert (orders["region"], orders["account"]) == ("eu-west-1", "123456789012")
    assert (orders["start"], orders["lag_limit"]) == ("trim_horizon", "5m")
    assert "path" not in orders and "follow" not in orders
    assert (old["start_at"], old["region"]) == ("2026-03-01T00:00:00Z", "us-east-1")
    topic, bus = rows["sinks"]["value"]
    assert (topic["region"], bus["bus"], bus["source"]) == ("eu-west-1", "default", "deltaward")
    assert rows["kafka.properties"]["value"] == {
        "security.protocol": "SASL_SSL", "linger.ms": "5", "sasl.password": {"file": "secret"}}
    assert rows["detect.stages"]["value"] == ["decide"]
    assert rows["http.listen"]["value"] == "off"
    text = program("config", "show", "--config", "c.yaml", status=0).out
    (work_dir / "again.yaml").write_text(text)
    assert program("config", "show", "--config", "again.yaml", status=0).out == text
    flags = ["--brokers", "a:1,b:2", "--brokers", "c:3", "--stages", "evaluate,decide"]
    rows = shown(program("config", "show", "--json", "--config", "c.yaml", *flags, status=0))
    assert rows["kafka.brokers"]["value"] == ["a:1", "b:2", "c:3"]
    assert rows["detect.stages"]["value"] == ["evaluate", "decide"]
    run = program("config", "show", "--stages", "evaluat", status=2)
    assert "--stages: error: detect.stages wants one of these words, not 'evaluat'" in run.err


def test_a_command_has_the_flags_that_it_reads(program):
    help_of_run = program("run", "--help", status=0).out
    assert "--listen" in help_of_run and "--brokers" not in help_of_run
    assert "--threads" not in program("alerts", "list", "--help", status=0).out


def test_lists_from_the_environment(program):
    env = {"DELTAWARD_POLICIES": "a.yaml, b", "DELTAWARD_SINKS": '[{name: s, type: file, path: x}]',
           "DELTAWARD_PARAMS": '{"p": {"t": 0.05}}',
           "DELTAWARD_KAFKA_PROPERTIES": "{sasl.password: {file: f}, acks: all}"}
    rows = shown(program("config", "show", "--json", env=env, status=0))
    assert rows["policies"]["value"] == ["a.yaml", "b"]
    assert rows["sinks"]["value"] == [{"name": "s", "type": "file", "path": "x"}]
    assert rows["params"]["value"] == {"p": {"t": 0.05}}
    want = {"sasl.password": {"file": "f"}, "acks": "all"}
    assert rows["kafka.properties"]["value"] == want


@pytest.mark.parametrize("text,said", [
    ("nmae: x", ["c.yaml:1:1: error: unknown key `nmae`", "did you mean 'name'?"]),
    ("detect: {thread: 1}", ["c.yaml:1:10: error: unknown key `detect.thread`", "detect.threads"]),
    ("detect: {threads: 65}", ["c.yaml:1:19: error: detect.threads wants a whole number from 1"]),
    ("detect: {threads: two}", ["from 1 to 64, not 'two'"]),
    ("detect: 2", ["c.yaml:1:1", "detect"]),
    ("log: {level: loud}", ["log.level wants one of these words, not 'loud': error, warning"]),
    ("tables: [{name: a}]", ["c.yaml:1:1: error: `tables` is not available yet"]),
    ("silences: [x]", ["`silences` is not available yet"]),
    ("kafka: {broker: [a]}", ["unknown key `kafka.broker`", "did you mean 'kafka.brokers'?"]),
    ("kafka: {properties: {a: [b]}}", ["c.yaml:1:25", "kafka.properties.a wants one value"]),
    ("kafka: {properties: {sasl.password: s3cr3t}}",
     ["kafka.properties.sasl.password is a secret", "sasl.password: {file: /run/secrets/NAME}"]),
    ("detect: {snapshot_interval: 30}",
     ["wants a duration from 1s to 1h such as 500ms, 30s or 5m, not '30'"]),
    ("detect: {commit_interval: 1ms}", ["wants a duration from 50ms to 1m"]),
    ("detect: {stages: [evaluate, deside]}", ["detect.stages wants one of these words"]),
    ("sources: [{name: a, type: dynamodb-streams, path: x}]",
     ["type 'dynamodb-streams' is not available yet; there is file, kinesis"]),
    ("sources: [{name: a, type: kinesis}]", ["`stream` is missing in this entry of sources"]),
    ("sources: [{name: a, type: kinesis, stream: ''}]", ["`stream` is missing"]),
    ("sources: [{name: a, type: kinesis, stream: s, path: x}]",
     ["c.yaml:1:11: error: `path` is not for entries of type kinesis"]),
    ("sources: [{name: a, type: file, path: x, lag_limit: 1m}]",
     ["`lag_limit` is not for entries of type file"]),
    ("sources: [{name: a, type: kinesis, stream: 'arn:aws:sns:eu-west-1:123456789012:x'}]",
     ["stream wants an ARN of kinesis, not 'arn:aws:sns:eu-west-1:123456789012:x'"]),
    (f"sources: [{{name: a, type: kinesis, stream: '{STREAM}', region: us-east-1}}]",
     ["region is us-east-1, but the ARN says eu-west-1"]),
    (f"sources: [{{name: a, type: kinesis, stream: '{STREAM}', account: '000000000000'}}]",
     ["account is 000000000000, but the ARN says 123456789012"]),
    ("sources: [{name: a, type: kinesis, stream: s, start: at_timestamp}]",
     ["start: at_timestamp wants start_at"]),
    ("sources: [{name: a, type: kinesis, stream: s, start_at: 2026-03-01T00:00:00Z}]",
     ["start_at is for start: at_timestamp"]),
    ("sources: [{name: a, type: kinesis, stream: s, start: at_timestamp, start_at: noon}]",
     ["start_at wants a time such as 2026-03-01T00:00:00Z, not 'noon'"]),
    ("sinks: [{name: a, type: pagerduty}]",
     ["type 'pagerduty' is not available yet; there is stdout, file, sns, eventbridge"]),
    ("sinks: [{name: a, type: sns}]", ["`topic` is missing in this entry of sinks"]),
    ("sinks: [{name: a, type: sns, topic: alerts}]", ["topic wants an ARN of sns, not 'alerts'"]),
    ("sinks: [{name: a, type: stdout, path: x}]", ["`path` is not for entries of type stdout"]),
    ("sinks: [{name: a, type: eventbridge, source: aws.x}]", ["does not begin with aws."]),
    ("sources: [{name: a, type: file}]", ["`path` is missing in this entry of sources"]),
    ("sources: [{name: a, type: file, path: x, pth: y}]",
     ["unknown key `pth`", "did you mean 'path'?"]),
    ("sinks: [{name: a, type: file}]", ["`path` is missing in this entry of sinks"]),
    ("sinks: [{name: a, type: stdout}, {name: a, type: stdout}]",
     ["the name 'a' is taken in sinks"]),
    ("routes: [{name: r, sinks: [none]}]", ["there is no sink 'none'"]),
    ("policies: p.yaml", ["policies wants a list, not"]),
    ("sources: {name: a}", ["sources wants a list, not a map"]),
    ("- a", ["the configuration is one map of keys"]),
    ("name: [", ["c.yaml:"]),
    ("name: a\nname: b", ["c.yaml:2:1"]),
    ("routes: [{name: r, match: {severity: [hgih]}, sinks: [stdout]}]",
     ["match.severity wants one of these words, not 'hgih': critical, high"]),
])
def test_errors_have_a_place_and_a_hint(program, work_dir, text, said):
    (work_dir / "c.yaml").write_text(text + "\n")
    run = program("config", "show", "--config", "c.yaml", status=2)
    for words in said:
        assert words in run.err, run.err


def test_a_wrong_variable_is_named(program):
    run = program("config", "show", env={"DELTAWARD_DETECT_THREADS": "many"}, status=2)
    assert "DELTAWARD_DETECT_THREADS: error: detect.threads wants" in run.err


def test_a_misspelt_variable_is_told(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    words = ["run", "--policies", "p.yaml", "--input", "-"]
    env = {"DELTAWARD_DETECT_THREAD": "1", "DELTAWARD_SERVICE_HOST": "10.0.0.1",
           "DELTAWARD_NAME": "n"}
    told = [json.loads(line) for line in program(*words, env=env, status=0).err.splitlines()[:-1]]
    told = [(e["variable"], e["known"]) for e in told if e["event"] == "environment_unknown"]
    assert told == [("DELTAWARD_DETECT_THREAD", "DELTAWARD_DETECT_THREADS")]


def test_run_by_a_file_from_another_folder(program, work_dir):
    """Paths in the file are relative to it."""
    inner = work_dir / "inner"
    inner.mkdir()
    (inner / "c.yaml").write_text(FILE)
    (inner / "p.yaml").write_text(POLICY)
    write_changes(inner / "c.jsonl", [price_change(1)])
    run = program("run", "--config", "inner/c.yaml", status=0)
    assert run.out == ""
    (alert,) = [json.loads(line) for line in (inner / "all.jsonl").read_text().splitlines()]
    assert alert["account"] == "123456789012"
    assert (inner / "kept" / "deltaward.db").exists()
    assert (inner / "all.jsonl").read_text() == (inner / "urgent.jsonl").read_text()


ROUTED = POLICY.split("tests:")[0]
LOW = ROUTED.replace("price-doubled", "price-low").replace("severity: high", "severity: low")
NAMED = LOW.replace("price-low", "price-named").replace("price.md", "p.md, routes: [pager]")


@pytest.mark.parametrize("routes,want", [
    # all that match; then the alerts of each sink, by policy
    ("[]", {"all": 3, "urgent": 3}),
    ("[{name: default, sinks: [all]}]", {"all": 3, "urgent": 0}),
    ("[{name: high, match: {severity: [high]}, sinks: [urgent]}, {name: default, sinks: [all]}]",
     {"all": 2, "urgent": 1}),
    ("[{name: high, match: {severity: [high]}, sinks: [urgent, all]}, "
     "{name: tagged, match: {tags: [commerce]}, sinks: [all]}]", {"all": 3, "urgent": 1}),
    ("[{name: pager, sinks: [urgent]}, {name: default, sinks: [all]}]", {"all": 2, "urgent": 1}),
    ("[{name: one, match: {policies: [price-l*]}, sinks: [urgent]}]", {"all": 0, "urgent": 1}),
    ("[{name: both, match: {policies: ['price-*'], severity: [low]}, sinks: [urgent]}]",
     {"all": 0, "urgent": 2}),
    ("[{name: default, match: {severity: [critical]}, sinks: [all]}]", {"all": 0, "urgent": 0}),
])
def test_routes(program, work_dir, routes, want):
    (work_dir / "p.yaml").write_text("---\n".join([ROUTED, LOW, NAMED]))
    (work_dir / "c.yaml").write_text(FILE + f"routes: {routes}\n")
    write_changes(work_dir / "c.jsonl", [price_change(1)])
    run = program("run", "--config", "c.yaml", "--json", status=0)
    got = {name: len((work_dir / f"{name}.jsonl").read_text().splitlines()) for name in want}
    assert got == want
    unrouted = json.loads(run.err.splitlines()[-1])["unrouted"]
    assert run.err.count("alert_unrouted") == unrouted
    assert unrouted >= 3 - sum(want.values())


def test_a_secret_is_never_shown(program, work_dir):
    (work_dir / "key").write_text("s3cr3t-key-of-masks\n")
    (work_dir / "c.yaml").write_text(FILE + "mask_key: {file: key}\n")
    (work_dir / "p.yaml").write_text(POLICY.split("tests:")[0] + "mask: {new.card: hash}\n")
    record = price_change(1)
    record["dynamodb"]["NewImage"]["card"] = {"S": "4111111111111111"}
    write_changes(work_dir / "c.jsonl", [record])
    outputs = [program("config", "show", "--config", "c.yaml", status=0).out]
    run = program("run", "--config", "c.yaml", status=0)
    outputs += [run.out, run.err, (work_dir / "all.jsonl").read_text()]
    for output in outputs:
        assert "s3cr3t" not in output and "4111111111111111" not in output
    (work_dir / "key").unlink()
    run = program("run", "--config", "c.yaml", status=2)
    assert "key: error: the mask key cannot be read" in run.err


@pytest.mark.parametrize("flag,file", [("--markdown", "docs/CONFIGURATION.md"),
                                       ("--schema", "docs/config.schema.json")])
def test_the_documents_are_those_of_the_table(program, pytestconfig, flag, file):
    """When this fails: tools/docs"""
    run = program("config", "show", flag, status=0)
    assert (pytestconfig.rootpath / file).read_text() == run.out
