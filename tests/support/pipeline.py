"""The product as it runs in production: connect, detect and notify as processes, their topics, and
what must be true of them in the end."""
import collections
import datetime
import json
import os
import pathlib
import signal
import subprocess
import time

import fold
import patience
import yaml

from shipped import POLICIES, paths

STOP_S = 40
YOUNG_S = 2  # before, a process may not have come to handle signals: it holds nothing yet
PREFIX = "deltaward"
PARTITIONS = 12


def wait_until(what, seconds, said):
    """Asks until the answer is true and returns it."""
    end = patience.deadline(seconds)
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < end, f"did not happen within {seconds} s: {said}"
        time.sleep(0.2)


def ledger_of(metadata):
    """The sums that a commit of evaluate carries: its 4th to 7th word."""
    names = "read", "evaluated", "quarantined", "skipped"
    return dict(zip(names, map(int, metadata.split(" ")[3:7])))


def partition_of(source):
    """Of a signal's source "topic/partition#id"."""
    return int(source.rsplit("/", 1)[1].split("#")[0])


class Distinct:
    """Counts the records of Kinesis that are in a topic, each once."""

    def __init__(self, kafka, topic):
        self.kafka, self.topic = kafka, topic
        self.positions = {}
        self.seen = set()

    def count(self):
        for message in self.kafka.read(self.topic, self.positions):
            headers = dict(message.headers())
            self.seen.add((headers["shard"], headers["sequence"]))
            self.positions[message.partition()] = message.offset() + 1
        return len(self.seen)


class Process:
    """One command of the product under way, killed and started again at will; what it says is
    appended to a file."""

    def __init__(self, pipeline, command, name, **settings):
        self.pipeline = pipeline
        self.command = command
        self.name = name
        self.settings = settings
        self.log = pipeline.folder / f"{name}.log"
        self.child = None
        self.started = 0.0
        self.kills = self.stops = 0
        self.is_over = True  # it ended as the test wanted it, or was not started

    def start(self):
        words = [self.pipeline.program, self.command, "--config", self.pipeline.config]
        self.started = time.monotonic()
        self.is_over = False
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(words, cwd=self.pipeline.folder, stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL,
                                          env=self.pipeline.environment(self.settings))
        return self

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def count_rebalances(self):
        """How often it was given partitions: lines of that kind within a second are one."""
        count, last = 0, 0.0
        for line in self.log.read_text(errors="replace").splitlines():
            if '"event":"partition_resumed"' in line or '"event":"partition_first"' in line:
                at = datetime.datetime.fromisoformat(json.loads(line)["time"].rstrip("Z"))
                count += at.timestamp() - last > 1
                last = at.timestamp()
        return count

    def said(self, lines=12):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def expect_running(self):
        assert self.is_running(), f"{self.name} ended with {self.child.returncode}:\n{self.said()}"

    def kill(self):
        """As a crash or the kernel does it."""
        self.expect_running()
        self.child.send_signal(signal.SIGCONT)
        self.child.kill()
        self.child.wait()
        self.is_over = True
        self.kills += 1

    def pause(self):
        self.expect_running()
        self.child.send_signal(signal.SIGSTOP)
        self.stops += 1

    def go_on(self):
        self.child.send_signal(signal.SIGCONT)

    def stop(self):
        """The orderly way; it must end well within the time that Kubernetes gives. One that ended
        by itself is an error: see wait_ended."""
        self.expect_running()
        self.is_over = True
        young = time.monotonic() - self.started < YOUNG_S
        self.child.send_signal(signal.SIGCONT)
        self.child.terminate()
        status = self.child.wait(timeout=STOP_S)
        assert status == 0 or (young and status == -signal.SIGTERM), \
            f"{self.name} ended with {status}:\n{self.said()}"

    def wait_ended(self, status=0, seconds=60):
        """For a process that is to end by itself."""
        ended = self.child.wait(timeout=seconds)
        assert ended == status, f"{self.name} ended with {ended}:\n{self.said()}"
        self.is_over = True

    def end(self):
        if self.is_running():
            self.child.kill()
            self.child.wait()


class Pipeline:
    """One installation: a configuration, its topics in a Kafka of the tests, and its processes."""

    def __init__(self, program, folder, kafka, prefix=PREFIX, properties=None, **settings):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.kafka = kafka
        self.prefix = prefix
        self.processes = []  # those that should run
        self.everyone = []   # and those that were taken away
        self.config = self.folder / "deltaward.yaml"
        kafka_settings = {"brokers": kafka.brokers.split(","), "prefix": prefix,
                          "partitions": PARTITIONS, "replication": 1,
                          "properties": properties or {}}
        self.document = {"name": prefix, "data_dir": str(self.folder / "data"),
                         "policies": paths(POLICIES),
                         "kafka": kafka_settings,
                         "http": {"listen": "off"}, **settings}
        self.write_config()

    def write_config(self):
        self.config.write_text(yaml.safe_dump(self.document))

    def environment(self, settings=None):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("DELTAWARD_", "AWS_"))}
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_EC2_METADATA_DISABLED": "true"}
        return {**kept, **keys, **(settings or {})}

    def call(self, *words):
        done = subprocess.run([self.program, *words, "--config", self.config], cwd=self.folder,
                              env=self.environment(), text=True, capture_output=True, timeout=120,
                              check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def create_topics(self):
        return self.call("topics", "create")

    def start(self, command, name=None, **settings):
        process = Process(self, command, name or command, **settings)
        self.processes.append(process)
        self.everyone.append(process)
        return process.start()

    def start_detect(self, name="detect-0", **settings):
        """With a static name, so that a restart takes its partitions back at once."""
        return self.start("detect", name, DELTAWARD_DETECT_INSTANCE=name, **settings)

    def end(self):
        for process in self.everyone:
            process.end()

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        dead = [one for one in self.everyone if not one.is_over and not one.is_running()]
        self.end()
        if not failure:  # else that says more
            assert not dead, "ended by themselves:\n" + "\n".join(
                f"{one.name} with {one.child.returncode}:\n{one.said()}" for one in dead)

    # -- what is in Kafka

    def topic(self, name):
        return f"{self.prefix}.{name}"

    def group(self, name):
        return f"{self.prefix}.{name}"

    def size(self, name):
        """How many records a topic holds."""
        return sum(end - first for first, end in self.kafka.offsets(self.topic(name)).values())

    def signals(self):
        """{partition: signals in order}"""
        logs = collections.defaultdict(list)
        for message in self.kafka.read(self.topic("signals")):
            logs[message.partition()].append(
                {**json.loads(message.value()), "sequence": message.offset() + 1})
        return logs

    def alerts(self):
        """The records of the topic: (headers as texts, alert), partition by partition."""
        return [({name: value.decode() for name, value in message.headers() or []},
                 json.loads(message.value()))
                for message in self.kafka.read(self.topic("alerts"))]

    def lag(self, group, topic):
        """Records behind the committed positions; all of a partition that has none."""
        committed = self.kafka.committed(self.group(group), self.topic(topic))
        offsets = self.kafka.offsets(self.topic(topic))
        return sum(end - committed.get(part, (first, ""))[0]
                   for part, (first, end) in offsets.items())

    def wait_evaluated(self, seconds):
        wait_until(lambda: self.lag("evaluate", "events") == 0, seconds,
                   "all events are evaluated")

    def wait_told(self, seconds):
        """Every partition of the log has the tick of the end of each partition of events."""
        ends = {part: end for part, (_, end) in self.kafka.offsets(self.topic("events")).items()}
        logs = list(self.kafka.offsets(self.topic("signals")))
        told, positions = collections.defaultdict(int), {}

        def reached():
            for message in self.kafka.read(self.topic("signals"), positions):
                positions[message.partition()] = message.offset() + 1
                one = json.loads(message.value())
                if one["kind"] == "tick":
                    key = message.partition(), partition_of(one["source"])
                    told[key] = max(told[key], one["offset"])
            return all(told[log, part] >= end for log in logs for part, end in ends.items())
        wait_until(reached, seconds, "the last positions are told")

    def wait_decided(self, seconds):
        """All that stands in the log now is decided: later ticks do not matter."""
        ends = {part: end for part, (_, end) in
                self.kafka.offsets(self.topic("signals")).items() if end > 0}

        def reached():
            done = self.kafka.committed(self.group("decide"), self.topic("signals"))
            return all(done.get(part, (0, ""))[0] >= end for part, end in ends.items())
        wait_until(reached, seconds, "all signals are decided")

    # -- what must be true

    def expect_findings(self, expected):
        """expected: {(policy, finding)}. Returns the logs."""
        logs = self.signals()
        found = {(one["policy"], one["finding"]) for log in logs.values() for one in log
                 if one["kind"] == "match"}
        assert expected - found == set(), f"{len(expected - found)} of {len(expected)} missed"
        assert found - expected == set(), f"{len(found - expected)} found that are none"
        return logs

    def expect_alerts_of(self, logs):
        """The topic of alerts is what a fold of the log says: nothing else, and nothing missing
        below the committed output position. Returns the versions: {(id, sequence, ordinal)}."""
        said = set()
        for headers, alert in self.alerts():
            version = alert["version"]
            assert int(headers["ordinal"]) == version["ordinal"]
            assert int(headers["log-offset"]) == version["sequence"] - 1
            said.add((int(headers["signals-partition"]), alert["id"], alert["status"],
                      alert["count"], version["sequence"], version["ordinal"]))
        committed = self.kafka.committed(self.group("decide"), self.topic("signals"))
        allowed, wanted = set(), set()
        for part, log in logs.items():
            for one in fold.fold(log).alerts:
                row = part, one.id, one.status, one.count, one.log_sequence, one.ordinal
                allowed.add(row)
                if one.sequence <= committed[part][0]:
                    wanted.add(row)
        assert wanted and wanted - said == set(), \
            f"{len(wanted - said)} of {len(wanted)} alerts missing, the first: " \
            f"{sorted(wanted - said)[:3]}"
        assert said - allowed == set(), \
            f"{len(said - allowed)} alerts that the log does not say, the first: " \
            f"{sorted(said - allowed)[:3]}"
        return {(row[1], row[4], row[5]) for row in said}

    def expect_balance(self):
        """The ledgers that travel with the committed positions of evaluate."""
        for part, (offset, metadata) in self.kafka.committed(
                self.group("evaluate"), self.topic("events")).items():
            sums = ledger_of(metadata)
            assert sums["read"] == sums["evaluated"] + sums["quarantined"] + sums["skipped"]
            assert sums["read"] == offset, f"partition {part}"
