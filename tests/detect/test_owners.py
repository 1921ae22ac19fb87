"""A partition that nobody reads, in a group that thinks itself settled: it is told, and a member
joins anew until all is dealt out."""
import threading

import pytest
import services

from dealer import Dealer, Forgetful
from detector import change, until, world  # noqa: F401
from probes import ask, values

LISTEN = {"http.listen": "127.0.0.1:0", "kafka.owner_check": "1s"}


def address_of(member):
    host, port = member.wait_for("http_listening")[0]["address"].rsplit(":", 1)
    return host, int(port)


@pytest.mark.parametrize("stage, topic, instance, first, left_out", [
    ("evaluate", "events", "", [0, 1, 3], "2"),
    ("evaluate", "events", "detect-0", [0, 1, 3], "2"),
    ("decide", "signals", "detect-0", [1], "0, 2, 3"),
    ("evaluate", "events", "detect-0", [], "0, 1, 2, 3"),
])
def test_left_out__told_and_dealt_out_anew(world, stage, topic, instance, first,  # noqa: F811
                                           left_out):
    """In no description of the group is an owner: only joining anew helps, and as a static member
    that takes leaving first."""
    def metric(name):
        return values(ask(address, "/metrics")[1]).get(f'deltaward_{name}{{group="{stage}"}}')
    world.produce([change(number) for number in range(200)])
    group, topic = world.topic(stage), world.topic(topic)
    with Dealer(world.kafka.brokers, group, topic, Forgetful(first)):
        member = world.start("--stages", "evaluate,decide",
                             **{**LISTEN, "detect.instance": instance})
        address = address_of(member)
        told = member.wait_for("partitions_unowned")[0]
        assert (told["group"], told["topic"], told["partitions"], told["unaware"]) == \
            (stage, topic, left_out, "")
        status, body, _ = ask(address, "/readyz")
        assert status == 503
        assert f"group {stage}: not ready: nobody reads {topic} partition {left_out}" in body
        assert metric("unowned_partitions") == 4 - len(first)
        member.wait_for("group_rejoined")
        member.wait_for("partitions_owned")
        until(lambda: metric("assigned_partitions") == 4, 20, "it has all of them")
        assert metric("unowned_partitions") == 0 and metric("group_rejoins_total") == 1
        world.wait_for_all()
        until(lambda: ask(address, "/readyz")[0] == 200, 40, "it is ready")
        world.check()
        member.stop()
    assert len(member.events("group_rejoined")) == 1


class Neighbour(threading.Thread):
    """A static member that is not ours. It is used in its own thread alone."""

    def __init__(self, kafka, group, topic, dies=False, name="neighbour"):
        super().__init__(daemon=True)
        self.dies = dies
        self.dead, self.ended = threading.Event(), threading.Event()
        self.held = set()
        self.consumer = services.library("confluent_kafka").Consumer(kafka.properties(**{
            "group.id": group, "group.instance.id": name, "enable.auto.commit": False,
            "partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": 10000,
            "auto.offset.reset": "earliest"}))
        self.consumer.subscribe([topic], on_assign=self.take, on_revoke=self.give_up)

    def take(self, _, parts):
        self.held |= {part.partition for part in parts}

    def give_up(self, _, parts):
        """A dying one does not come back from here: it was told to give these up, and does not say
        any more that it did."""
        if self.dies:
            self.dead.set()
            self.ended.wait()
        self.held -= {part.partition for part in parts}

    def run(self):
        while not self.ended.is_set():
            self.consumer.poll(0.1)
        self.consumer.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join(20)


def test_died_in_a_hand_over__what_it_gave_up_is_dealt_out(world):  # noqa: F811
    """As it happens in life: a static member dies while partitions go from it to us, and comes back
    within its session. The broker takes it for the one that it knows, and deals nothing out."""
    group, topic = world.topic("evaluate"), world.topic("events")
    world.produce([change(number) for number in range(200)])
    with Neighbour(world.kafka, group, topic, dies=True) as before:
        until(lambda: len(before.held) == 4, 40, "it has all")
        member = world.start(**LISTEN)
        assert before.dead.wait(40), "it is told to give some up"
        with Neighbour(world.kafka, group, topic) as after:
            told = member.wait_for("partitions_unowned")[0]
            assert len(told["partitions"].split(", ")) == 2 and told["unaware"] == ""
            member.wait_for("group_rejoined")
            member.wait_for("partitions_owned")
            until(lambda: len(after.held) == 2, 40, "it keeps its half")
            address = address_of(member)
            owned = 'deltaward_assigned_partitions{group="evaluate"}'
            until(lambda: values(ask(address, "/metrics")[1]).get(owned) == 2, 40, "we have ours")
            member.stop()


def test_fenced_by_a_namesake_that_goes__joins_anew(world):  # noqa: F811
    group, topic = world.topic("evaluate"), world.topic("events")
    world.produce([change(number) for number in range(200)])
    member = world.start(**{"detect.instance": "detect-0"})
    world.wait_for_all()
    with Neighbour(world.kafka, group, topic, name="detect-0") as other:
        until(lambda: other.held, 40, "it has what was ours")
    world.produce([change(number) for number in range(200, 400)])
    world.wait_for_all()
    world.check()
    assert "fenced" in member.events("kafka_fenced")[0]["problem"]
    member.stop()


def test_two_of_one_name__one_of_them_ends(world):  # noqa: F811
    world.produce([change(number) for number in range(200)])
    members = [world.start(**{"detect.instance": "detect-0"}) for _ in range(2)]
    until(lambda: any(one.child.poll() is not None for one in members), 90, "one gives up")
    ended, other = sorted(members, key=lambda one: one.child.poll() is None)
    assert ended.child.returncode == 3
    assert "detect.instance" in ended.events("kafka_lost")[0]["hint"]
    world.wait_for_all()
    world.check()
    other.stop()
