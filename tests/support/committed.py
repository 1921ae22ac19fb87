"""What a consumer group committed, asked of the brokers themselves: confluent_kafka reads on behind
the end of a commit's metadata."""
import pathlib
import socket
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "service"))
from kafka_wire import receive  # noqa: E402

OFFSET_FETCH, VERSION = 9, 5
NOT_COORDINATOR = {14, 15, 16}


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def ask(broker, group, topic, partitions):
    """(error, {partition: (position, metadata)})"""
    request = (struct.pack(">hhi", OFFSET_FETCH, VERSION, 1) + text("tests") + text(group) +
               struct.pack(">i", 1) + text(topic) + struct.pack(">i", len(partitions)) +
               b"".join(struct.pack(">i", number) for number in partitions))
    host, port = broker.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        size, = struct.unpack(">i", receive(connection, 4))
        return read_answer(receive(connection, size))


def read_answer(body):
    at = 4 + 4  # correlation id, throttle time
    topics, = struct.unpack_from(">i", body, at)
    at += 4
    found = {}
    for _ in range(topics):
        length, = struct.unpack_from(">h", body, at)
        at += 2 + length
        count, = struct.unpack_from(">i", body, at)
        at += 4
        for _ in range(count):
            partition, position, _, length = struct.unpack_from(">iqih", body, at)
            at += 18
            metadata = body[at:at + max(length, 0)].decode()
            at += max(length, 0) + 2
            if position >= 0:
                found[partition] = position, metadata
    error, = struct.unpack_from(">h", body, at)
    return error, found


def committed(brokers, group, topic, partitions):
    """{partition: (position, metadata)}; only partitions that have any."""
    for broker in brokers.split(","):
        error, found = ask(broker, group, topic, sorted(partitions))
        if error == 0:
            return found
        assert error in NOT_COORDINATOR, f"OffsetFetch of {group}: error {error}"
    return {}
