"""A detector that sends to AWS: its configuration, and sinks that a script answers for."""
import json
import re
import sqlite3
import subprocess
import xml.sax.saxutils

import pytest

from fake_aws import Answer, FakeAws, json_answer
from product import Product
from shipped import POLICIES, paths

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(name="fake")
def fake_aws():
    """An AWS of the test's own; import it as `fake_aws`."""
    with FakeAws() as server:
        yield server


class Sender(Product):
    """`deltaward run` from a configuration file; sinks and routes are dicts."""

    def __init__(self, program, folder, sinks, routes=(), policies=POLICIES, **keys):
        super().__init__(program, folder, policies)
        self.config = self.folder / "deltaward.json.yaml"
        self.write_config(sinks, routes, **keys)

    def write_config(self, sinks, routes=(), **keys):
        self.config.write_text(json.dumps(
            {"policies": paths(self.policies), "data_dir": str(self.data_dir), "sinks": sinks,
             "routes": list(routes), "log": {"format": "json"}, **keys}), encoding="utf-8")

    def command(self, source, *options):
        return [self.program, "run", "--config", self.config, "--input", source, *options]

    def environment(self):
        kept = {name: value for name, value in super().environment().items()
                if not name.startswith("AWS_")}
        return {**kept, **KEYS}

    def call(self, *words):
        """Another command of the same installation."""
        return subprocess.run([self.program, *words, "--config", self.config], text=True,
                              cwd=self.folder, env=self.environment(), capture_output=True,
                              timeout=120, check=False)

    def cursor(self, sink):
        rows = self.query("SELECT alert_sequence FROM cursor WHERE sink = ?", sink)
        return rows[0][0] if rows else 0

    def records_read(self):
        """How many are committed; 0 before there is a store."""
        try:
            return self.query("SELECT coalesce(sum(read), 0) FROM source")[0][0]
        except sqlite3.OperationalError:
            return 0

    def last_alert(self):
        return self.query("SELECT coalesce(max(sequence), 0) FROM alert")[0][0]

    def undelivered(self):
        """(sink, alert id, reason), in order."""
        return self.query("SELECT sink, id, reason FROM undelivered JOIN alert "
                          "ON sequence = alert_sequence ORDER BY sink, alert_sequence")


def sns(name="topic", url="", topic=TOPIC, **more):
    return {"name": name, "type": "sns", "topic": topic, "endpoint": url, **more}


def eventbridge(name="bus", url="", **more):
    return {"name": name, "type": "eventbridge", "endpoint": url, **more}


def events(log):
    """The log lines of a process as dicts."""
    return [json.loads(line) for line in log.splitlines() if line.startswith(b"{")]


def names(log):
    return [line["event"] for line in events(log)]


ENTRY = re.compile(r"PublishBatchRequestEntries\.member\.(\d+)\.(Id|Message)$")


def published(call):
    """The alerts of a call of SNS, in order: (entry id or None, alert)."""
    form = call.form
    if call.operation == "Publish":
        return [(None, json.loads(json.loads(form["Message"])["default"]))]
    entries = {}
    for field, value in form.items():
        match = ENTRY.match(field)
        if match:
            entries.setdefault(int(match.group(1)), {})[match.group(2)] = value
    return [(entry["Id"], json.loads(json.loads(entry["Message"])["default"]))
            for _, entry in sorted(entries.items())]


def put(call):
    """The alerts of a call of PutEvents, in order."""
    return [json.loads(entry["Detail"]) for entry in call.json["Entries"]]


def version(alert):
    return alert["version"]["sequence"], alert["version"]["ordinal"]


def key(alert):
    return alert["id"], alert["status"], alert["count"]


class Topic:
    """SNS as a script sees it: takes what `judge` lets pass, and remembers it.

    judge(alert) -> None (taken), or (code, sender's fault)."""

    def __init__(self, judge=lambda alert: None):
        self.judge = judge
        self.taken = []

    def script(self, fake):
        fake.script("Publish", self.publish)
        fake.script("PublishBatch", self.batch)

    def publish(self, call):
        (_, alert), = published(call)
        failure = self.judge(alert)
        if failure:
            status = 400 if failure[1] else 500
            return Answer(status=status, body=(
                "<ErrorResponse><Error><Code>%s</Code><Message>told by the fake</Message></Error>"
                "</ErrorResponse>" % failure[0]).encode())
        self.taken.append(alert)
        return Answer(body=b"<PublishResponse><PublishResult><MessageId>m</MessageId>"
                           b"</PublishResult></PublishResponse>")

    def batch(self, call):
        taken, failed = [], []
        for entry, alert in published(call):
            failure = self.judge(alert)
            if failure:
                failed.append("<member><Id>%s</Id><Code>%s</Code><Message>told</Message>"
                              "<SenderFault>%s</SenderFault></member>"
                              % (entry, xml.sax.saxutils.escape(failure[0]),
                                 str(failure[1]).lower()))
            else:
                self.taken.append(alert)
                taken.append(f"<member><Id>{entry}</Id><MessageId>m</MessageId></member>")
        return Answer(body=("<PublishBatchResponse><PublishBatchResult><Successful>%s</Successful>"
                            "<Failed>%s</Failed></PublishBatchResult></PublishBatchResponse>"
                            % ("".join(taken), "".join(failed))).encode())


class Bus:
    """EventBridge likewise; judge(alert) -> None or an error code."""

    def __init__(self, judge=lambda alert: None):
        self.judge = judge
        self.taken = []

    def script(self, fake):
        fake.script("PutEvents", self.put)

    def put(self, call):
        entries = []
        for alert in put(call):
            code = self.judge(alert)
            if code:
                entries.append({"ErrorCode": code, "ErrorMessage": "told by the fake"})
            else:
                self.taken.append(alert)
                entries.append({"EventId": "e"})
        failed = sum("ErrorCode" in entry for entry in entries)
        return json_answer({"FailedEntryCount": failed, "Entries": entries})


def once_in_order(alerts):
    """Each version of each alert is there once, and versions only rise."""
    seen = {}
    for alert in alerts:
        assert seen.get(alert["id"], (0, -1)) < version(alert), alert["id"]
        seen[alert["id"]] = version(alert)
    return True


def rising(alerts):
    """Versions never go backwards; the same one may come again."""
    seen = {}
    for alert in alerts:
        assert seen.get(alert["id"], (0, -1)) <= version(alert), alert["id"]
        seen[alert["id"]] = version(alert)
    return True


def memory_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0
