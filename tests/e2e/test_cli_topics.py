"""deltaward topics create, and how it and every client reach a broker: TLS, SCRAM, refusals."""
import itertools

import pytest

NAMES = ["events", "signals", "state", "alerts", "checkpoints", "quarantine", "undelivered"]
NUMBERS = itertools.count(1)


@pytest.fixture
def prefix():
    """Topics of the test's own in the broker that all share."""
    return f"cli-{next(NUMBERS)}"


@pytest.fixture
def create(program, work_dir, kafka, prefix):
    """Calls `topics create` against the plain listener."""
    (work_dir / "deltaward.yaml").write_text(f"kafka: {{prefix: {prefix}}}\n")
    return lambda *words, **more: program("topics", "create", "--brokers", kafka.brokers,
                                          *words, **more)


def outcomes(run):
    return {line["topic"]: line["outcome"] for line in run.lines()}


def test_makes_what_is_missing(create, kafka, prefix):
    words = ["--partitions", 3, "--replication", 1, "--json"]
    names = {f"{prefix}.{name}" for name in NAMES}
    assert outcomes(create(*words, "--dry-run", status=0)) == dict.fromkeys(names,
                                                                            "would be made")
    run = create(*words, status=0)
    assert outcomes(run) == dict.fromkeys(names, "made")
    settings = {line["topic"]: line["settings"] for line in run.lines()}
    assert settings[f"{prefix}.events"]["retention.ms"] == "604800000"
    assert settings[f"{prefix}.state"]["cleanup.policy"] == "compact"
    assert settings[f"{prefix}.alerts"]["cleanup.policy"] == "delete"
    assert set(kafka.offsets(f"{prefix}.events")) == {0, 1, 2}
    assert outcomes(create(*words, status=0)) == dict.fromkeys(names, "exists")


@pytest.mark.parametrize("name,config,hints", [
    ("events", {"cleanup.policy": "compact"}, ["cleanup.policy compact and must have delete"]),
    ("checkpoints", {"cleanup.policy": "delete"}, ["cleanup.policy delete and must have compact"]),
    ("signals", {"retention.ms": 60000}, ["keeps records for 60000 ms", "at least an hour"]),
    ("alerts", {"max.message.bytes": 1000}, ["takes messages of 1000 bytes only"]),
])
def test_says_what_does_not_fit(create, kafka, prefix, name, config, hints):
    kafka.create_topic(3, f"{prefix}.{name}", **{"cleanup.policy": "delete", **config})
    run = create("--partitions", 3, "--replication", 1, "--json", status=3)
    assert outcomes(run)[f"{prefix}.{name}"] == "exists, and does not fit"
    for hint in hints:
        assert hint in run.err


def test_says_that_partitions_differ(create, kafka, prefix):
    kafka.create_topic(2, f"{prefix}.events", **{"cleanup.policy": "delete"})
    run = create("--partitions", 3, "--replication", 1, status=3)
    assert "has 2 partitions, kafka.partitions says 3" in run.err


def test_more_copies_than_brokers(create):
    run = create("--replication", 5, status=3)
    assert "Replication factor" in run.err or "replication" in run.err


def test_no_broker(program):
    run = program("topics", "create", status=2)
    assert "there is no broker of Kafka" in run.err and "--brokers" in run.err


@pytest.mark.parametrize("properties,hint", [
    ("{linger.mss: 5}", "kafka property 'linger.mss': there is no such property"),
    ("{linger.ms: x}", "kafka property 'linger.ms'"),
    ("{acks: '1'}", "kafka property 'acks' cannot be set"),
    ("{enable.auto.commit: 'true'}", "kafka property 'enable.auto.commit' cannot be set"),
])
def test_wrong_properties(program, work_dir, properties, hint):
    (work_dir / "deltaward.yaml").write_text(f"kafka: {{properties: {properties}}}\n")
    run = program("topics", "create", "--brokers", "127.0.0.1:1", status=2)
    assert hint in run.err


SECURE = """kafka:
  prefix: {prefix}
  properties:
    security.protocol: SASL_SSL
    sasl.mechanism: SCRAM-SHA-512
    sasl.username: {user}
    sasl.password: {{file: password}}
    ssl.ca.location: {ca}
"""


def secure(program, work_dir, service, prefix, **change):
    told = {"user": service.told["username"], "password": service.told["password"],
            "ca": service.told["ca"], **change}
    (work_dir / "password").write_text(told["password"] + "\n")
    (work_dir / "deltaward.yaml").write_text(SECURE.format(prefix=prefix, **told))
    return program("topics", "create", "--brokers", service.told["secure_brokers"],
                   "--partitions", 1, "--replication", 1)


def test_tls_and_scram(program, work_dir, secure_kafka, prefix):
    run = secure(program, work_dir, secure_kafka, prefix)
    assert run.status == 0, run.err
    assert len(run.out.splitlines()) == len(NAMES)


def test_wrong_password_is_refused(program, work_dir, secure_kafka, prefix):
    run = secure(program, work_dir, secure_kafka, prefix, password="wrong-secret")
    assert run.status == 3
    assert "uthentication" in run.err
    assert "wrong-secret" not in run.err


def test_another_ca_is_refused(program, work_dir, secure_kafka, prefix):
    run = secure(program, work_dir, secure_kafka, prefix,
                 ca="/etc/ssl/certs/ca-certificates.crt")
    assert run.status == 3
    assert "certificate" in run.err
