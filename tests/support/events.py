"""Change records as connect writes them to Kafka, without connect: for tests of what follows."""
import oracle


def key_of(record):
    """What connect keys by, near enough: equal for the changes of one item."""
    change = record["dynamodb"]
    return "/".join([record["awsRegion"], "", record["tableName"],
                     oracle.item_key(change["Keys"])]).encode()


def event_of(line, number, shard=0):
    """The message of one record, the `number`-th of its shard."""
    record = oracle.read_record(line)
    arrival_us = oracle.event_time_us(record)
    return {"key": key_of(record), "value": line, "headers": [
        ("kind", b"change"), ("source", b"shop"), ("account", b""),
        ("shard", b"shardId-%012d" % shard), ("sequence", str(number).encode()),
        ("arrival", str(arrival_us).encode())]}


def events_of(lines):
    return (event_of(line, number) for number, line in enumerate(lines, 1))
