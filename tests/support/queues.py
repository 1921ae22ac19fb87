"""Queues of moto's SQS behind a topic of SNS and a bus of EventBridge: what was delivered."""
import contextlib
import json
import threading
import time

import services


IDLE_S = 0.1


class Queues:
    def __init__(self, moto, name):
        self.moto = moto
        self.sqs = moto.client("sqs")
        self.topic = self.behind_sns(f"{name}-sns")
        self.bus = self.behind_eventbridge(f"{name}-bus")
        self.bodies = {"sns": [], "eventbridge": []}
        self.urls = {"sns": self.url(f"{name}-sns"), "eventbridge": self.url(f"{name}-bus")}

    @staticmethod
    def arn(queue):
        return f"arn:aws:sqs:{services.REGION}:{services.ACCOUNT}:{queue}"

    def url(self, queue):
        return self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]

    def behind_sns(self, name):
        """The ARN of a topic whose messages go to a queue as they are."""
        self.sqs.create_queue(QueueName=name)
        sns = self.moto.client("sns")
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn(name),
                      Attributes={"RawMessageDelivery": "true"})
        return topic

    def behind_eventbridge(self, name):
        """The name of a bus whose events of Deltaward go to a queue."""
        self.sqs.create_queue(QueueName=name)
        events = self.moto.client("events")
        events.create_event_bus(Name=name)
        events.put_rule(Name=name, EventBusName=name,
                        EventPattern=json.dumps({"source": ["deltaward"]}))
        events.put_targets(Rule=name, EventBusName=name,
                           Targets=[{"Id": "queue", "Arn": self.arn(name)}])
        return name

    def sinks(self):
        """Entries of the configuration."""
        return [{"name": "topic", "type": "sns", "topic": self.topic,
                 "endpoint": self.moto.endpoint},
                {"name": "bus", "type": "eventbridge", "bus": self.bus,
                 "region": services.REGION, "endpoint": self.moto.endpoint}]

    def drain(self, kind):
        """Moves what waits in a queue to `bodies`; says whether anything did."""
        url = self.urls[kind]
        messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        messages = messages.get("Messages", [])
        if messages:
            self.sqs.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": str(place), "ReceiptHandle": one["ReceiptHandle"]}
                for place, one in enumerate(messages)])
        self.bodies[kind] += [json.loads(one["Body"]) for one in messages]
        return bool(messages)

    def drain_all(self):
        for kind in self.urls:
            while self.drain(kind):
                pass

    @contextlib.contextmanager
    def collecting(self):
        """Drains all the while, so that the queues stay short: with each message that it gives
        out, moto walks its whole queue."""
        over = threading.Event()

        def collect():
            while not over.is_set():
                self.drain_all()
                time.sleep(IDLE_S)
        collector = threading.Thread(target=collect)
        collector.start()
        try:
            yield self
        finally:
            over.set()
            collector.join()

    def alerts(self, kind):
        bodies = self.bodies[kind]
        return bodies if kind == "sns" else [one["detail"] for one in bodies]

    def versions(self, kind):
        """{(alert id, sequence, ordinal)} of what came."""
        return {(one["id"], one["version"]["sequence"], one["version"]["ordinal"])
                for one in self.alerts(kind)}
