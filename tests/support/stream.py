"""Feeds a stream of Kinesis with change records while its shards split and merge."""
import concurrent.futures
import hashlib
import json
import threading
import time

BATCH = 250  # half of what Kinesis takes: kinesis-local answers nobody else meanwhile
WRITERS = 2
WAIT_S = 0.05
STEPS = 50  # batches of a writer, at least


def partition_key(line):
    """Of the item, so that its changes stay in order; hashed as DynamoDB does."""
    record = json.loads(line)
    item = record["tableName"], record["dynamodb"]["Keys"]
    return hashlib.md5(json.dumps(item, sort_keys=True).encode()).hexdigest()


class Feeder:
    """Each writer puts its own items, one batch after the other: an item's changes keep their
    order, as long as the service keeps that of a batch (kinesis-local does)."""

    def __init__(self, kinesis, stream):
        self.stream = stream
        self.client = kinesis.client("kinesis")
        self.fed = 0
        self.share = 1.0  # of each writer's records that may be put so far
        self.lock = threading.Lock()

    def put(self, records):
        while records:
            answer = self.client.put_records(StreamName=self.stream, Records=records)
            results = answer["Records"]
            with self.lock:
                self.fed += len(records) - answer["FailedRecordCount"]
            first_failed = next((place for place, one in enumerate(results)
                                 if "ErrorCode" in one), len(records))
            # all behind a refused one again: a repeat is no harm, a wrong order would be
            records = records[first_failed:]

    def feed(self, lines):
        """Blocks until all is put."""
        batch = min(BATCH, len(lines) // (WRITERS * STEPS) + 1)
        parts = [[] for _ in range(WRITERS)]
        for line in lines:
            key = partition_key(line)
            parts[int(key, 16) % WRITERS].append({"Data": line, "PartitionKey": key})
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(self.put_all, parts, [batch] * WRITERS))

    def put_all(self, records, batch):
        for start in range(0, len(records), batch):
            while start > self.share * len(records):
                time.sleep(WAIT_S)
            self.put(records[start:start + batch])


class Shards:
    """Splits and merges."""

    def __init__(self, kinesis, stream):
        self.stream = stream
        self.client = kinesis.client("kinesis")
        self.splits = self.merges = 0

    def open(self):
        """Open shards in the order of their hash ranges: (first key, last key, id)."""
        listed = self.client.list_shards(StreamName=self.stream)["Shards"]
        ranges = [(int(one["HashKeyRange"]["StartingHashKey"]),
                   int(one["HashKeyRange"]["EndingHashKey"]), one["ShardId"]) for one in listed
                  if "EndingSequenceNumber" not in one["SequenceNumberRange"]]
        return sorted(ranges)

    def wait(self):
        waiter = self.client.get_waiter("stream_exists")
        waiter.config.delay = 0.1
        waiter.wait(StreamName=self.stream)

    def split(self):
        """The widest one, in the middle."""
        first, last, name = max(self.open(), key=lambda one: one[1] - one[0])
        self.client.split_shard(StreamName=self.stream, ShardToSplit=name,
                                NewStartingHashKey=str((first + last) // 2))
        self.splits += 1
        self.wait()

    def merge(self):
        """The two neighbours that are narrowest together."""
        shards = self.open()
        left, right = min(zip(shards, shards[1:]), key=lambda two: two[1][1] - two[0][0])
        self.client.merge_shards(StreamName=self.stream, ShardToMerge=left[2],
                                 AdjacentShardToMerge=right[2])
        self.merges += 1
        self.wait()


# What the shipped policies read; the rest of a record is weight, and kinesis-local needs 2 ms of
# processor time for each KB of it.
READ = {"price", "status", "amount", "account", "posted_at", "entry_hash", "reversal_of", "lines",
        "diagnosis", "medication", "allergies", "blood_type", "change_reason"}
OF_DYNAMODB = ("ApproximateCreationDateTime", "ApproximateCreationDateTimePrecision", "Keys",
               "OldImage", "NewImage")
OF_RECORD = ("awsRegion", "eventName", "tableName", "eventSource")


def slim(line):
    """A record without what no policy reads."""
    record = json.loads(line)
    change = {name: record["dynamodb"][name] for name in OF_DYNAMODB
              if name in record["dynamodb"]}
    for image in {"OldImage", "NewImage"} & set(change):
        change[image] = {name: value for name, value in change[image].items()
                         if name in READ or name in change["Keys"]}
    kept = {name: record[name] for name in OF_RECORD}
    if record["userIdentity"]:
        kept["userIdentity"] = record["userIdentity"]
    return json.dumps({**kept, "dynamodb": change}, separators=(",", ":")).encode()
