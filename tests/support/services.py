"""The services that tests talk to: Kafka, kinesis-local and moto, as fixtures of pytest.

    def test_it(kafka, kinesis, moto): ...          one of each for the whole session
    def test_crash(start_service): ...              one of the test's own, to be killed

Started by tools/services on free ports of 127.0.0.1, stopped when the session or the test ends.
A service that cannot be had fails the test, never skips it."""
import contextlib
import importlib
import itertools
import pathlib
import site
import subprocess
import sys
import time

import committed
import patience
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = ROOT / "tools" / "services"
VENV = ROOT / ".deps" / "venv"
UP_S = 600
REGION = "eu-central-1"
ACCOUNT = "123456789012"
# What kinesis-local and moto take from whoever names keys at all.
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true"}


def library(name):
    """A module of .deps/venv: boto3, botocore, confluent_kafka."""
    packages = VENV / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    if not packages.is_dir():
        pytest.fail(f"no {packages}: run tools/services install, with Debian's Python "
                    f"(this one is {sys.version.split()[0]})")
    if str(packages) not in sys.path:
        site.addsitedir(str(packages))
    return importlib.import_module(name)


def call(name, verb, folder, *options):
    """What tools/services prints, as a dict."""
    done = subprocess.run([COMMAND, name, verb, "--dir", folder, *map(str, options)], text=True,
                          capture_output=True, timeout=UP_S, check=False)
    if done.returncode != 0:
        pytest.fail(f"tools/services {name} {verb}: {done.stderr}")
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


class Service:
    """One service under way; `told` is what it said when it came up."""

    name = ""

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.options = options
        self.told = {}

    def up(self):
        """Also after down(): at the same port, with the data it had."""
        self.told = call(self.name, "up", self.folder, *self.options)

    def prepare(self):
        """What is done once, when it came up first."""

    def down(self, *options):
        call(self.name, "down", self.folder, *options)

    def kill(self, *options):
        self.down("--kill", *options)


class AwsService(Service):
    """kinesis-local or moto."""

    @property
    def endpoint(self):
        return self.told["endpoint"]

    def client(self, service, **settings):
        boto3, config = library("boto3"), library("botocore.config")
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION,
                            aws_access_key_id="test", aws_secret_access_key="test",
                            config=config.Config(max_pool_connections=32), **settings)


class Kinesis(AwsService):
    name = "kinesis"
    numbers = itertools.count(1)

    def create_stream(self, shards=1, name=None):
        """(name, ARN) of a stream that is ready."""
        name = name or f"stream-{next(self.numbers)}"
        client = self.client("kinesis")
        client.create_stream(StreamName=name, ShardCount=shards)
        waiter = client.get_waiter("stream_exists")
        waiter.config.delay = 0.1
        waiter.wait(StreamName=name)
        told = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return name, told["StreamARN"]


class Moto(AwsService):
    name = "moto"

    def reset(self):
        """Forgets everything that was made in it."""
        requests = library("requests")
        requests.post(f"{self.endpoint}/moto-api/reset", timeout=10).raise_for_status()


class Kafka(Service):
    """One broker, or three with the option "--brokers 3"."""

    name = "kafka"
    numbers = itertools.count(1)

    @property
    def brokers(self):
        return self.told["brokers"]

    def properties(self, **more):
        return {"bootstrap.servers": self.brokers, "log_level": 0, **more}

    @contextlib.contextmanager
    def consumer(self, **more):
        """A client of confluent_kafka; it commits nothing by itself. `more` holds properties of
        librdkafka: consumer(**{"group.id": "mine"})."""
        settings = {"group.id": "tests", "enable.auto.commit": False,
                    "enable.partition.eof": True, "auto.offset.reset": "error",
                    "fetch.wait.max.ms": 50, **more}
        consumer = library("confluent_kafka").Consumer(self.properties(**settings))
        try:
            yield consumer
        finally:
            consumer.close()

    def producer(self, **more):
        settings = {"linger.ms": 2, "enable.idempotence": True, **more}
        return library("confluent_kafka").Producer(self.properties(**settings))

    def admin(self):
        return library("confluent_kafka.admin").AdminClient(self.properties())

    def create_topic(self, partitions=1, name=None, **config):
        """Its name; config: **{"cleanup.policy": "compact"}. There when this returns."""
        name = name or f"topic-{next(self.numbers)}"
        new_topic = library("confluent_kafka.admin").NewTopic(
            name, partitions, -1,
            config={key: str(value) for key, value in config.items()})
        admin = self.admin()
        admin.create_topics([new_topic])[name].result(timeout=30)
        self.wait_for_topic(admin, name, partitions)
        return name

    @staticmethod
    def wait_for_topic(admin, name, partitions):
        """The controller answers before every broker knows of the topic."""
        end = time.monotonic() + 30
        while True:
            found = admin.list_topics(name, timeout=10).topics[name]
            leaders = [part.leader for part in found.partitions.values()]
            if not found.error and len(leaders) == partitions and min(leaders) >= 0:
                return
            assert time.monotonic() < end, f"{name} was made, but no broker has it"
            time.sleep(0.05)

    def delete_topic(self, name):
        admin = self.admin()
        admin.delete_topics([name])[name].result(timeout=30)

    def produce(self, topic, records):
        """records: dicts of value, and if wanted key, headers, partition, timestamp."""
        producer, failed = self.producer(), []
        for record in records:
            while True:
                try:
                    producer.produce(topic, on_delivery=lambda error, _:
                                     error and failed.append(error), **record)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(60) == 0, "not all was produced within 60 s"
        assert not failed, failed[0]

    def offsets(self, topic):
        """{partition: (first offset, offset behind the last)}"""
        position = library("confluent_kafka").TopicPartition
        with self.consumer() as consumer:
            parts = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            return {part: self.watermarks(consumer, position(topic, part)) for part in parts}

    @staticmethod
    def watermarks(consumer, part):
        """Asked again while the partition has no leader: a broker that was just started."""
        end = patience.deadline(30)
        while True:
            try:
                return consumer.get_watermark_offsets(part, timeout=10)
            except library("confluent_kafka").KafkaException:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def read(self, topic, since=None):
        """The messages of a topic as it is now: partition by partition, in order. `since` maps
        partitions to the offsets at which to begin."""
        position = library("confluent_kafka").TopicPartition
        offsets = self.offsets(topic)
        begin = {part: max(first, (since or {}).get(part, 0))
                 for part, (first, _) in offsets.items()}
        ends = {part: end for part, (_, end) in offsets.items() if end > begin[part]}
        found = {part: [] for part in ends}
        with self.consumer(**{"auto.offset.reset": "earliest"}) as consumer:
            consumer.assign([position(topic, part, begin[part]) for part in ends])
            while ends:
                for message in consumer.consume(1000, timeout=0.2):
                    part = message.partition()
                    if not message.error():
                        found[part].append(message)
                    if part in ends and (message.error() or message.offset() + 1 >= ends[part]):
                        del ends[part]
        return [message for part in sorted(found) for message in found[part]]

    def committed(self, group, topic):
        """{partition: (offset, metadata)} of a consumer group; only partitions that have any."""
        return committed.committed(self.brokers, group, topic, self.offsets(topic))

    def prepare(self):
        """The first group of a cluster waits for the topic of groups: not while a test counts."""
        topic = self.create_topic()
        with self.consumer(**{"auto.offset.reset": "earliest"}) as consumer:
            consumer.subscribe([topic])
            message = consumer.poll(30)
            assert message is not None, "no answer of the group coordinator within 30 s"


KINDS = {"kafka": Kafka, "kinesis": Kinesis, "moto": Moto}


@contextlib.contextmanager
def running(name, folder, *options):
    service = KINDS[name](folder, *options)
    try:
        service.up()
        service.prepare()
        yield service
    finally:
        service.kill()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    with running("kafka", tmp_path_factory.mktemp("kafka")) as service:
        yield service


@pytest.fixture(scope="session")
def secure_kafka(tmp_path_factory):
    """With a listener for TLS and SCRAM beside the plain one: told["secure_brokers"], ["ca"]."""
    with running("kafka", tmp_path_factory.mktemp("secure-kafka"), "--secure") as service:
        yield service


@pytest.fixture(scope="session")
def kinesis(tmp_path_factory):
    with running("kinesis", tmp_path_factory.mktemp("kinesis")) as service:
        yield service


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    with running("moto", tmp_path_factory.mktemp("moto")) as service:
        yield service


@pytest.fixture
def start_service(tmp_path_factory):
    """start_service("kafka", "--brokers", 3): one of the test's own, to be killed at will."""
    with contextlib.ExitStack() as stack:
        yield lambda name, *options: stack.enter_context(
            running(name, tmp_path_factory.mktemp(name), *options))
