"""Apache Kafka in KRaft mode: one broker or three, each broker and controller in one process."""
import argparse
import pathlib
import shutil
import tempfile

import installation
import kafka_wire
import process

CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
ARCHIVE = installation.DEPS / "kafka" / "classes.jsa"
SECURE_USER, SECURE_PASSWORD = "app", "app-secret"
# The least that a broker of tests needs: quick to start, few threads, small internal topics; one
# that was killed is known to be dead in 2 s instead of 9, else it could not come back before.
JAVA = ["java", "-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]

COMMON = """\
process.roles=broker,controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
auto.create.topics.enable=false
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
controlled.shutdown.enable=true
"""
OF_THREE = """\
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
controller.quorum.election.timeout.ms=500
controller.quorum.fetch.timeout.ms=1000
"""
ALONE = """\
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""
# People without TLS are let in as before; only what a rule names is refused.
SECURE = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={folder}/keystore.pem
"""


def java(main, *arguments, archive=None):
    # The archive is economy (one CPU second a start); a Java of another build ignores it.
    archived = archive or ([f"-XX:SharedArchiveFile={ARCHIVE}"] if ARCHIVE.is_file() else [])
    libs = f"{installation.KAFKA_LIBS}/*"
    return [*JAVA, "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", *archived,
            "-cp", libs, main, *arguments]


def properties(state, number, folder):
    broker = state["brokers"][number - 1]
    voters = ",".join(f"{i}@127.0.0.1:{one['controller_port']}"
                      for i, one in enumerate(state["brokers"], 1))
    listeners = [f"PLAINTEXT://127.0.0.1:{broker['port']}"]
    if "secure_port" in broker:
        listeners.append(f"SASL_SSL://127.0.0.1:{broker['secure_port']}")
    lines = [f"node.id={number}", f"controller.quorum.voters={voters}",
             f"listeners={','.join(listeners)},CONTROLLER://127.0.0.1:{broker['controller_port']}",
             f"advertised.listeners={','.join(listeners)}", f"log.dirs={folder}/data"]
    secure = SECURE.format(folder=folder.parent) if "secure_port" in broker else ""
    return COMMON + (ALONE if len(state["brokers"]) == 1 else OF_THREE) + secure + \
        "\n".join(lines) + "\n"


def make_certificate(folder):
    """A certificate for 127.0.0.1 that is its own authority."""
    installation.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
                      "-subj", "/CN=localhost", "-addext",
                      "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem",
                      "-out", "ca.pem"], folder)
    (folder / "keystore.pem").write_text((folder / "key.pem").read_text() +
                                         (folder / "ca.pem").read_text())


def format_broker(folder):
    scram = []
    if "SASL_SSL://" in (folder / "server.properties").read_text():
        scram = ["--add-scram",
                 f"SCRAM-SHA-512=[name={SECURE_USER},password={SECURE_PASSWORD}]"]
    installation.run(java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c",
                          folder / "server.properties", *scram))


def broker_folder(directory, number):
    return directory / f"kafka-{number}"


def make_state(arguments):
    brokers = []
    for _ in range(arguments.brokers):
        broker = {"port": process.free_port(), "controller_port": process.free_port()}
        if arguments.secure:
            broker["secure_port"] = process.free_port()
        brokers.append(broker)
    state = {"brokers": brokers}
    if arguments.secure:
        make_certificate(arguments.dir)
    for number in range(1, len(brokers) + 1):
        folder = broker_folder(arguments.dir.resolve(), number)
        folder.mkdir()
        (folder / "server.properties").write_text(properties(state, number, folder))
        format_broker(folder)
    return state


def start_broker(state, number, directory, archive=None):
    folder = broker_folder(directory, number)
    state["brokers"][number - 1]["process"] = process.start(
        java("kafka.Kafka", folder / "server.properties", archive=archive),
        directory / "kafka.log", cwd=folder)


def numbers(state, arguments):
    count = len(state["brokers"])
    if arguments.broker > count:
        raise process.ServiceError(f"there are {count} brokers, no number {arguments.broker}")
    return [arguments.broker] if arguments.broker else range(1, count + 1)


def is_up(broker):
    return process.is_running(broker.get("process"))


def wait_for_brokers(state, directory):
    running = [one for one in state["brokers"] if is_up(one)]
    for broker in running:
        process.wait_ready("Kafka", broker["process"], directory / "kafka.log", lambda b=broker:
                           kafka_wire.broker_count(b["port"]) >= len(running))


def describe(state, directory):
    brokers = state["brokers"]
    shown = {"brokers": ",".join(f"127.0.0.1:{one['port']}" for one in brokers),
             "pids": ",".join(str(one["process"]["pid"]) for one in brokers if is_up(one))}
    if "secure_port" in brokers[0]:
        shown |= {"secure_brokers": ",".join(f"127.0.0.1:{one['secure_port']}"
                                             for one in brokers),
                  "ca": directory / "ca.pem", "mechanism": "SCRAM-SHA-512",
                  "username": SECURE_USER, "password": SECURE_PASSWORD}
    return shown


def up(arguments):
    make_archive()
    arguments.dir = arguments.dir.resolve()
    path = arguments.dir / "kafka.json"
    state = process.read_state(path) or make_state(arguments)
    for number in numbers(state, arguments):
        if not is_up(state["brokers"][number - 1]):
            start_broker(state, number, arguments.dir)
            process.write_state(path, state)
    wait_for_brokers(state, arguments.dir)
    return describe(state, arguments.dir)


def down(arguments):
    state = process.read_state(arguments.dir / "kafka.json")
    if not state:
        return
    process.stop([state["brokers"][number - 1].get("process")
                  for number in numbers(state, arguments)], arguments.kill)


def make_archive():
    """The classes of a broker, loaded and checked, in one file that later ones map."""
    with installation.locked("kafka-archive"):
        if ARCHIVE.is_file():
            return
        directory = pathlib.Path(tempfile.mkdtemp(prefix="deltaward-kafka-"))
        arguments = argparse.Namespace(dir=directory, brokers=1, secure=False)
        state = make_state(arguments)
        aside = ARCHIVE.with_suffix(".new")
        start_broker(state, 1, directory, archive=[f"-XX:ArchiveClassesAtExit={aside}"])
        try:
            wait_for_brokers(state, directory)
        finally:
            process.stop([state["brokers"][0]["process"]])
            shutil.rmtree(directory)
        if aside.is_file():  # a broker that had to be killed wrote none: the next one may
            aside.replace(ARCHIVE)
