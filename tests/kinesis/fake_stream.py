"""A stream in a scripted AWS: answers as Kinesis does, unless a fault is due."""
import base64
import collections
import json
import time

from fake_aws import FakeAws, json_answer, json_error

HASH_LAST = 2 ** 128 - 1
ACCOUNT_ARN = "arn:aws:kinesis:eu-central-1:123456789012:stream/"


class Shard:
    def __init__(self, number, parents=(), first=0, last=HASH_LAST):
        self.id = f"shardId-{number:012}"
        self.parents, self.first, self.last = parents, first, last
        self.start = 10 ** 20 * (number + 1)
        self.records = []
        self.closed = False
        self.children = []

    def put(self, *data):
        for one in data:
            if isinstance(one, (dict, list)):
                one = json.dumps(one).encode()
            self.records.append((self.start + 10 * (len(self.records) + 1), one))
        return self

    def listed(self):
        sequences = {"StartingSequenceNumber": str(self.start)}
        if self.closed:
            sequences["EndingSequenceNumber"] = str(self.start + 10 ** 10)
        shard = {"ShardId": self.id, "SequenceNumberRange": sequences,
                 "HashKeyRange": {"StartingHashKey": str(self.first),
                                  "EndingHashKey": str(self.last)}}
        for name, parent in zip(("ParentShardId", "AdjacentParentShardId"), self.parents):
            shard[name] = parent.id
        return shard

    def close(self, *children):
        self.closed, self.children = True, list(children)
        return self


class FakeStream:
    """One stream. faults[operation] holds answers that come before the real ones; None lets one
    real answer through."""

    def __init__(self, *shards, page=100, port=0):
        self.shards = list(shards) or [Shard(0)]
        self.page = page          # records
        self.list_page = 1000     # shards
        self.faults = collections.defaultdict(collections.deque)
        self.behind_ms = 0
        self.name, self.arn = "orders", ACCOUNT_ARN + "orders"
        self.aws = FakeAws(port=port)
        for operation in ("ListShards", "GetShardIterator", "GetRecords"):
            self.aws.script(operation, self.answer)

    def __enter__(self):
        self.aws.start()
        return self

    def __exit__(self, *_):
        self.aws.stop()

    def fail(self, operation, *answers):
        self.faults[operation].extend(answers)

    def calls(self, operation):
        return [call.json for call in self.aws.calls_of(operation)]

    def answer(self, call):
        due = self.faults[call.operation]
        fault = due.popleft() if due else None
        real = getattr(self, call.operation)(call.json)
        return fault(real) if callable(fault) else fault or real

    def shard(self, shard_id):
        return next((one for one in self.shards if one.id == shard_id), None)

    def ListShards(self, asked):
        start = int(asked.get("NextToken", "0"))
        told = {"Shards": [one.listed() for one in self.shards[start:start + self.list_page]]}
        if start + self.list_page < len(self.shards):
            told["NextToken"] = str(start + self.list_page)
        return json_answer(told)

    def GetShardIterator(self, asked):
        shard = self.shard(asked["ShardId"])
        if not shard:
            return json_error("ResourceNotFoundException", "no such shard")
        kind, sequence = asked["ShardIteratorType"], int(asked.get("StartingSequenceNumber", 0))
        if "SEQUENCE" in kind and shard.closed and sequence > shard.start + 10 ** 10:
            return json_error("InvalidArgumentException", "reached max possible value")
        at = {"TRIM_HORIZON": 0, "LATEST": len(shard.records), "AT_TIMESTAMP": 0,
              "AFTER_SEQUENCE_NUMBER": sum(one <= sequence for one, _ in shard.records),
              "AT_SEQUENCE_NUMBER": sum(one < sequence for one, _ in shard.records)}[kind]
        return json_answer({"ShardIterator": f"{shard.id}/{at}"})

    def GetRecords(self, asked):
        shard_id, at = asked["ShardIterator"].split("/")
        shard, at = self.shard(shard_id), int(at)
        if not shard:
            return json_error("ResourceNotFoundException", "no such shard")
        records = shard.records[at:at + min(self.page, asked["Limit"])]
        at += len(records)
        ended = shard.closed and at == len(shard.records)
        told = {"Records": [{"SequenceNumber": str(sequence), "PartitionKey": "k",
                             "ApproximateArrivalTimestamp": round(time.time(), 3),
                             "Data": base64.b64encode(data).decode()}
                            for sequence, data in records],
                "NextShardIterator": None if ended else f"{shard.id}/{at}",
                "MillisBehindLatest": self.behind_ms or (len(shard.records) - at) * 10}
        if ended:
            told["ChildShards"] = [{"ShardId": child.id, "ParentShards": [shard.id],
                                    "HashKeyRange": child.listed()["HashKeyRange"]}
                                   for child in shard.children]
        return json_answer(told)
