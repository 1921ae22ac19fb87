"""A member of a consumer group that speaks Kafka's protocol itself: as the group's leader it deals
partitions out as a test says, which no client does on purpose. It reads nothing."""
import socket
import struct
import threading

from committed import text
from kafka_wire import receive

JOIN, HEARTBEAT, SYNC = 11, 12, 14
VERSIONS = {JOIN: 5, HEARTBEAT: 3, SYNC: 3}
REBALANCE_IN_PROGRESS, MEMBER_ID_REQUIRED = 27, 79
NOT_READY = {14, 15, 16}  # the coordinator
PROTOCOL = "cooperative-sticky"
SESSION_MS = 10_000
HEARTBEAT_S = 0.2
NOTHING = struct.pack(">h", -1)
NO_USER_DATA = struct.pack(">i", -1)


def data(value):
    return struct.pack(">i", len(value)) + value


class Forgetful:
    """Leaves partitions out until the member that it deals to has joined anew."""

    def __init__(self, first, partitions=4):
        self.first, self.whole = first, list(range(partitions))
        self.members = set()

    def __call__(self, members):
        self.members.update(members)
        return {name: self.first if len(self.members) == 1 else self.whole for name in members}


class Reader:
    """The members of an answer, in order."""

    def __init__(self, body):
        self.body, self.at = body, 0

    def number(self, form):
        value, = struct.unpack_from(form, self.body, self.at)
        self.at += struct.calcsize(form)
        return value

    def bytes(self, form):
        size = max(self.number(form), 0)
        self.at += size
        return self.body[self.at - size:self.at]

    def text(self):
        return self.bytes(">h").decode()


class Dealer(threading.Thread):
    """deal(members) gives {member id: partitions}; `members` are those that joined, without the
    dealer itself, which wants none. It must be the first of the group, to lead it."""

    def __init__(self, broker, group, topic, deal):
        super().__init__(daemon=True)
        host, port = broker.rsplit(":", 1)
        self.connection = socket.create_connection((host, int(port)), timeout=60)
        self.group, self.topic, self.deal = group, topic, deal
        self.member, self.generation = "", -1
        self.led = threading.Event()  # it leads a group
        self.ended = threading.Event()

    def ask(self, what, request):
        """The answer behind its head."""
        message = struct.pack(">hhi", what, VERSIONS[what], 1) + text("dealer") + request
        self.connection.sendall(data(message))
        size, = struct.unpack(">i", receive(self.connection, 4))
        answer = Reader(receive(self.connection, size))
        answer.number(">i")  # correlation
        answer.number(">i")  # throttled
        return answer

    def whoami(self):
        return text(self.group) + struct.pack(">i", self.generation) + text(self.member) + NOTHING

    def enter(self):
        """The other members, once all have joined."""
        subscription = struct.pack(">hi", 0, 1) + text(self.topic) + NO_USER_DATA
        while True:
            answer = self.ask(JOIN, text(self.group) + struct.pack(">ii", SESSION_MS, 60_000) +
                              text(self.member) + NOTHING + text("consumer") +
                              struct.pack(">i", 1) + text(PROTOCOL) + data(subscription))
            error = answer.number(">h")
            self.generation = answer.number(">i")
            _, leader, self.member = answer.text(), answer.text(), answer.text()
            if error == 0:
                break
            assert error in NOT_READY | {MEMBER_ID_REQUIRED, REBALANCE_IN_PROGRESS}, error
            self.ended.wait(HEARTBEAT_S)
        assert leader == self.member, "another member leads the group"
        members = []
        for _ in range(answer.number(">i")):
            members.append(answer.text())
            answer.text(), answer.bytes(">i")
        return [name for name in members if name != self.member]

    def sync(self, dealt):
        request = self.whoami() + struct.pack(">i", len(dealt))
        for name, partitions in dealt.items():
            request += text(name) + data(
                struct.pack(">hi", 1, 1) + text(self.topic) +
                struct.pack(f">i{len(partitions)}i", len(partitions), *partitions) + NO_USER_DATA)
        return self.ask(SYNC, request).number(">h")

    def run(self):
        while not self.ended.is_set():
            error = self.sync(self.deal(self.enter()))
            self.led.set()
            while error == 0 and not self.ended.wait(HEARTBEAT_S):
                error = self.ask(HEARTBEAT, self.whoami()).number(">h")
            assert error in (0, REBALANCE_IN_PROGRESS), f"error {error}"

    def __enter__(self):
        self.start()
        assert self.led.wait(60), "it does not come to lead the group"
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join(30)
        self.connection.close()
