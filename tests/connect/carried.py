"""What connect must have made of the lines of a source: asked of Kafka afterwards."""
import json
import struct


def change(number, item=None, **more):
    """A line as DynamoDB writes it into a stream; `item`: whose change it is."""
    item = number if item is None else item
    keys = {"id": {"S": f"item-{item}"}}
    return json.dumps({
        "awsRegion": "eu-central-1", "eventID": f"e{number}", "eventName": "MODIFY",
        "userIdentity": None, "recordFormat": "application/json", "tableName": "orders",
        "dynamodb": {"ApproximateCreationDateTime": 1767225600000 + number, "Keys": keys,
                     "NewImage": {**keys, "n": {"N": str(number)}, **more},
                     "OldImage": {**keys, "n": {"N": str(number - 1)}}, "SizeBytes": 100},
        "eventSource": "aws:dynamodb"}, separators=(",", ":"))


def murmur2(data):
    """Kafka's own, as its Java client places keys."""
    mask, mixer, length = 0xFFFFFFFF, 0x5BD1E995, len(data)
    value = (0x9747B28C ^ length) & mask
    for (word,) in struct.iter_unpack("<I", data[:length & ~3]):
        word = word * mixer & mask
        word ^= word >> 24
        value = (value * mixer & mask) ^ (word * mixer & mask)
    rest = data[length & ~3:]
    if rest:
        value ^= int.from_bytes(rest, "little")
        value = value * mixer & mask
    value ^= value >> 13
    value = value * mixer & mask
    return (value ^ value >> 15) & 0x7FFFFFFF


def item_of(value):
    return json.dumps(json.loads(value)["dynamodb"]["Keys"], sort_keys=True)


def check_events(messages, lines, may_repeat=False):
    """Every line is there, whole, where its key belongs; per item the first occurrences are in the
    order of the lines, and without `may_repeat` there is nothing else."""
    found, seen = {}, set()
    for message in messages:
        value = message.value().decode()
        if value not in seen:
            seen.add(value)
            found.setdefault(item_of(value), []).append(value)
    expected = {}
    for line in lines:
        expected.setdefault(item_of(line), []).append(line)
    missing = sum(len(set(part) - seen) for part in expected.values())
    assert missing == 0, f"{missing} of {len(lines)} lines are not there"
    assert found == expected
    if not may_repeat:
        assert len(messages) == len(lines)


def check_places(messages, partitions, account=""):
    for message in messages:
        keys = json.loads(message.value())["dynamodb"]["Keys"]
        key = f"eu-central-1/{account}/orders/" + json.dumps(
            {name: next(iter(value.values())) for name, value in keys.items()},
            separators=(",", ":"))
        assert message.key().decode() == key
        assert message.partition() == murmur2(message.key()) % partitions
