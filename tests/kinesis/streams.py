"""Streams of kinesis-local that are written and resharded."""
import collections
import json
import time

HASH_END = 2 ** 128


class Writer:
    """Writes numbered records of many keys; each key counts for itself."""

    def __init__(self, kinesis, shards=1):
        self.client = kinesis.client("kinesis")
        self.name, self.arn = kinesis.create_stream(shards)
        self.written = []          # (key, number), in order
        self.next = collections.Counter()

    def put(self, count, keys=10):
        """`count` records over `keys` keys, in the order of each key."""
        for start in range(0, count, 500):
            batch = []
            for i in range(start, min(count, start + 500)):
                key = f"k{i % keys}"
                batch.append((key, self.next[key]))
                self.next[key] += 1
            done = self.client.put_records(StreamName=self.name, Records=[
                {"Data": json.dumps({"key": key, "number": number}).encode(),
                 "PartitionKey": key} for key, number in batch])
            assert done["FailedRecordCount"] == 0
            self.written += batch
        return self

    def put_data(self, data, key="k"):
        return self.client.put_record(StreamName=self.name, Data=data, PartitionKey=key)

    def active(self):
        """Waits until the stream takes another change of its shards."""
        for _ in range(400):
            told = self.client.describe_stream_summary(StreamName=self.name)
            if told["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE":
                return self
            time.sleep(0.02)
        raise AssertionError("the stream stays busy")

    def shards(self, open_only=True):
        found = self.client.list_shards(StreamName=self.name)["Shards"]
        return [shard for shard in found if not open_only
                or "EndingSequenceNumber" not in shard["SequenceNumberRange"]]

    def split(self, at=0):
        shard = self.shards()[at]
        low, high = (int(shard["HashKeyRange"][name])
                     for name in ("StartingHashKey", "EndingHashKey"))
        self.client.split_shard(StreamName=self.name, ShardToSplit=shard["ShardId"],
                                NewStartingHashKey=str((low + high) // 2 + 1))
        return self.active()

    def merge(self):
        """The first two open shards that are neighbours."""
        shards = sorted(self.shards(), key=lambda one: int(one["HashKeyRange"]["StartingHashKey"]))
        self.client.merge_shards(StreamName=self.name, ShardToMerge=shards[0]["ShardId"],
                                 AdjacentShardToMerge=shards[1]["ShardId"])
        return self.active()

    def resize(self, count):
        self.client.update_shard_count(StreamName=self.name, TargetShardCount=count,
                                       ScalingType="UNIFORM_SCALING")
        return self.active()


def numbers_by_key(records):
    """{key: numbers as they were read}"""
    found = collections.defaultdict(list)
    for record in records:
        data = json.loads(record["data"])
        found[data["key"]].append(data["number"])
    return found


def first_occurrences(numbers):
    return list(dict.fromkeys(numbers))


def assert_all_in_order(records, writer):
    """Each record that was written came, and came first in its key's order."""
    found = numbers_by_key(records)
    assert set(found) == set(writer.next)
    for key, numbers in found.items():
        assert first_occurrences(numbers) == list(range(writer.next[key])), key
