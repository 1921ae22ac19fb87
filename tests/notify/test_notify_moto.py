"""SNS, SQS and EventBridge as moto answers for them: real requests, real filter policies, real
queues behind topics and rules."""
import json

import pytest

from product import generate
from sending import Sender, eventbridge, events, key, names, once_in_order, sns, version
from services import ACCOUNT, REGION

RECORDS = 1500


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    return generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)


@pytest.fixture
def cloud(moto):
    moto.reset()
    return moto


class Queue:
    """A queue of SQS and what came to it."""

    def __init__(self, cloud, name, **attributes):
        self.client = cloud.client("sqs")
        self.url = self.client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = self.client.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def messages(self):
        """All of them, taken off the queue."""
        found = []
        while True:
            batch = self.client.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0,
                MessageAttributeNames=["All"], AttributeNames=["All"]).get("Messages", [])
            if not batch:
                return found
            for message in batch:
                found.append(message)
                self.client.delete_message(QueueUrl=self.url,
                                           ReceiptHandle=message["ReceiptHandle"])


def subscribe(cloud, topic, queue, raw=True, **attributes):
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue.arn,
        Attributes={"RawMessageDelivery": str(raw).lower(), **attributes})


def keys(alerts):
    return sorted(key(alert) for alert in alerts)


def bodies(messages):
    return [json.loads(message["Body"]) for message in messages]


def test_topic_to_queue_with_filter_policies(deltaward, work_dir, changes, cloud):
    topic = cloud.client("sns").create_topic(Name="alerts")["TopicArn"]
    everything, urgent, one_table = (Queue(cloud, name) for name in ("all", "urgent", "table"))
    subscribe(cloud, topic, everything)
    subscribe(cloud, topic, urgent, FilterPolicy=json.dumps(
        {"severity": ["critical"], "action": ["trigger"]}))
    subscribe(cloud, topic, one_table, raw=False, FilterPolicy=json.dumps({"table": ["products"]}))
    sender = Sender(deltaward, work_dir, [sns(url=cloud.endpoint, topic=topic)])
    sender.run_well(changes)
    messages = everything.messages()
    alerts = bodies(messages)
    assert keys(alerts) == sender.stored_alerts()
    for message, alert in zip(messages, alerts):
        attributes = {name: value["StringValue"]
                      for name, value in message["MessageAttributes"].items()}
        assert attributes == {"severity": alert["severity"], "policy": alert["policy"]["id"],
                              "table": alert["table"], "status": alert["status"],
                              "action": {"opened": "trigger", "updated": "update",
                                         "resolved": "resolve"}[alert["status"]]}
    expected = [alert for alert in alerts
                if alert["severity"] == "critical" and alert["status"] == "opened"]
    assert expected and keys(bodies(urgent.messages())) == keys(expected)
    wrapped = bodies(one_table.messages())
    expected = [alert for alert in alerts if alert["table"] == "products"]
    assert expected and keys(json.loads(one["Message"]) for one in wrapped) == keys(expected)
    subjects = {one["Subject"] for one in wrapped}
    assert all(len(subject) < 100 and subject.startswith("[") for subject in subjects)


def test_fifo_topic(deltaward, work_dir, changes, cloud):
    """In order per alert, and a repeat after a lost cursor is dropped by the dedup id."""
    topic = cloud.client("sns").create_topic(
        Name="alerts.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue = Queue(cloud, "alerts.fifo", FifoQueue="true")
    subscribe(cloud, topic, queue)
    sender = Sender(deltaward, work_dir, [sns(url=cloud.endpoint, topic=topic)])
    sender.run_well(changes)
    messages = queue.messages()
    alerts = bodies(messages)
    assert keys(alerts) == sender.stored_alerts()
    assert once_in_order(alerts)
    for message, alert in zip(messages, alerts):
        assert message["Attributes"]["MessageGroupId"] == alert["id"]
        assert message["Attributes"]["MessageDeduplicationId"] == \
            "{}-{}-{}".format(alert["id"], *version(alert))


def test_bus_to_queue(deltaward, work_dir, changes, cloud):
    client = cloud.client("events")
    queue, urgent = Queue(cloud, "all"), Queue(cloud, "urgent")
    for name, pattern, target in (
            ("all", {"source": ["deltaward"]}, queue),
            ("urgent", {"source": ["deltaward"], "detail-type": ["Deltaward Alert Opened"],
                        "detail": {"severity": ["critical"]}}, urgent)):
        client.put_rule(Name=name, EventPattern=json.dumps(pattern))
        client.put_targets(Rule=name, Targets=[{"Id": name, "Arn": target.arn}])
    sender = Sender(deltaward, work_dir, [eventbridge(url=cloud.endpoint)])
    sender.run_well(changes)
    sent = bodies(queue.messages())
    alerts = [event["detail"] for event in sent]
    assert keys(alerts) == sender.stored_alerts()
    for event in sent:
        assert event["source"] == "deltaward"
        assert event["detail-type"] == f"Deltaward Alert {event['detail']['status'].capitalize()}"
        assert event["time"][:19] == event["detail"]["last_seen"][:19]
    expected = [alert for alert in alerts
                if alert["severity"] == "critical" and alert["status"] == "opened"]
    assert expected
    assert keys(event["detail"] for event in bodies(urgent.messages())) == keys(expected)


def test_a_topic_that_is_missing_is_waited_for(deltaward, work_dir, changes, cloud):
    """No refusal of any alert: once the topic is there they all arrive."""
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:late"
    sender = Sender(deltaward, work_dir, [sns(url=cloud.endpoint, topic=arn)])
    done = sender.run(changes)
    assert done.returncode == 3
    blocked, = [line for line in events(done.stderr) if line["event"] == "sink_blocked"]
    assert "NotFound" in blocked["problem"] and sender.undelivered() == []
    assert "sink_behind" in names(done.stderr)
    assert cloud.client("sns").create_topic(Name="late")["TopicArn"] == arn
    queue = Queue(cloud, "late")
    subscribe(cloud, arn, queue)
    sender.run_well(changes)
    assert keys(bodies(queue.messages())) == sender.stored_alerts()
