"""The one request of Kafka's protocol that tells whether a broker is ready: Metadata."""
import socket
import struct

METADATA, VERSION = 3, 4


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the broker closed the connection")
        data += part
    return data


def ask_metadata(port):
    """The body of the answer about no topic."""
    request = struct.pack(">hhih", METADATA, VERSION, 1, 4) + b"test" + struct.pack(">ib", 0, 0)
    with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        size, = struct.unpack(">i", receive(connection, 4))
        return receive(connection, size)[4:]


def broker_count(port):
    """How many brokers this one knows; 0 while it knows no controller."""
    body = ask_metadata(port)
    count, = struct.unpack_from(">i", body, 4)
    at = 8
    for _ in range(count):
        host_size, = struct.unpack_from(">h", body, at + 4)
        at += 4 + 2 + host_size + 4
        rack_size, = struct.unpack_from(">h", body, at)
        at += 2 + max(rack_size, 0)
    cluster_size, = struct.unpack_from(">h", body, at)
    controller, = struct.unpack_from(">i", body, at + 2 + max(cluster_size, 0))
    return count if controller >= 0 else 0
