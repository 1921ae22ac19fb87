"""The services themselves, as the other suites rely on them."""
import contextlib
import os
import pathlib

import pytest
import services


LISTENING = "0A"
LOOPBACKS = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


def sockets(pid):
    names = []
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            names.append(os.readlink(path))
    return {name[8:-1] for name in names if name.startswith("socket:[")}


def listeners(pid):
    """The addresses at which a process listens, as the kernel writes them."""
    lines = [line.split() for table in ("tcp", "tcp6") for line in
             pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    owned = sockets(pid)
    return {words[1].split(":")[0] for words in lines
            if words[3] == LISTENING and words[9] in owned}


def expect_loopback(pid):
    found = listeners(pid)
    assert found and found <= LOOPBACKS, found


def test_kafka__keeps_what_it_took_when_it_is_killed(start_service):
    kafka = start_service("kafka")
    topic = kafka.create_topic(3)
    kafka.produce(topic, [{"key": b"a", "value": str(n).encode()} for n in range(1000)])
    brokers = kafka.brokers
    kafka.kill()
    kafka.up()
    assert kafka.brokers == brokers
    assert sorted(int(message.value()) for message in kafka.read(topic)) == list(range(1000))
    expect_loopback(kafka.told["pids"])


def test_kafka__three_brokers_lose_one(start_service):
    kafka = start_service("kafka", "--brokers", 3)
    topic = kafka.create_topic(2)
    kafka.kill("--broker", 2)
    kafka.produce(topic, [{"value": b"x"}] * 10)
    kafka.up()
    assert len(kafka.read(topic)) == 10


def test_kafka__tells_positions_of_groups(kafka):
    topic = kafka.create_topic(2)
    kafka.produce(topic, [{"value": b"x", "partition": 1}] * 5)
    position = services.library("confluent_kafka").TopicPartition
    with kafka.consumer(**{"group.id": "positions"}) as consumer:
        consumer.commit(offsets=[position(topic, 1, 3, "some words")], asynchronous=False)
    assert kafka.offsets(topic) == {0: (0, 0), 1: (0, 5)}
    told = kafka.committed("positions", topic)
    # the Python client sends the NUL behind its text along, sometimes
    assert {part: (at, text.rstrip("\0")) for part, (at, text) in told.items()} == {
        1: (3, "some words")}


def test_secure_kafka__wants_the_password(secure_kafka):
    told = secure_kafka.told
    settings = {"bootstrap.servers": told["secure_brokers"], "security.protocol": "SASL_SSL",
                "ssl.ca.location": told["ca"], "sasl.mechanism": told["mechanism"],
                "sasl.username": told["username"]}
    good = secure_kafka.producer(**settings, **{"sasl.password": told["password"]})
    assert len(good.list_topics(timeout=10).brokers) == 1
    bad = secure_kafka.producer(**settings, **{"sasl.password": "wrong"})
    with pytest.raises(services.library("confluent_kafka").KafkaException):
        bad.list_topics(timeout=3)


def test_kinesis__splits_on_loopback(kinesis):
    name, _ = kinesis.create_stream(1)
    client = kinesis.client("kinesis")
    client.put_records(StreamName=name, Records=[
        {"Data": b"x", "PartitionKey": str(n)} for n in range(100)])
    shard, = client.list_shards(StreamName=name)["Shards"]
    client.split_shard(StreamName=name, ShardToSplit=shard["ShardId"],
                       NewStartingHashKey=str(2**127))
    assert len(client.list_shards(StreamName=name)["Shards"]) == 3
    expect_loopback(kinesis.told["pid"])


def test_moto__carries_sns_to_sqs(moto):
    sns, sqs = moto.client("sns"), moto.client("sqs")
    topic = sns.create_topic(Name="services")["TopicArn"]
    queue = sqs.create_queue(QueueName="services")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs",
                  Endpoint=f"arn:aws:sqs:{services.REGION}:{services.ACCOUNT}:services",
                  Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="hello")
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    expect_loopback(moto.told["pid"])
