"""A trail of API calls as it comes through a stream of Kinesis: from a subscription of CloudWatch
Logs, gzip with many calls in a record, and one by one."""
import gzip
import json

import product
from calls import STREAM_OFF, call, finding, stream_off, wrapped_in_logs

POLICIES = STREAM_OFF + """\
---
apiVersion: deltaward/v1
kind: Policy
id: looks-around
severity: low
match: {source: api_call, operations: [ListTables]}
correlation:
  {type: event_count, group_by: [actor.principal], timespan: 1d, condition: {gte: 5},
   allowed_lateness: 1d}
suppression: {duration: 1d, summary: false}
"""
CALLS, IN_A_RECORD = 90, 7
CONTROL = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "message": "healthy"}]}


def calls():
    kinds = [stream_off, call, lambda number: call(number, "ListTables")]
    return [kinds[number % 3](number) for number in range(CALLS)]


def zipped(document):
    return gzip.compress(json.dumps(document).encode())


def records(said):
    """What the stream carries for these calls: [bytes]. The first third comes in envelopes of a
    subscription, the next in documents of a trail, the last one by one."""
    third = len(said) // 3
    found = [zipped(CONTROL)]
    for start in range(0, third, IN_A_RECORD):
        found.append(zipped(wrapped_in_logs(said[start:min(third, start + IN_A_RECORD)])))
    for start in range(third, 2 * third, IN_A_RECORD):
        found.append(zipped({"Records": said[start:min(2 * third, start + IN_A_RECORD)]}))
    return found + [json.dumps(one).encode() for one in said[2 * third:]]


def expected(said, deltaward, folder):
    """{(policy, finding)}: what `deltaward run` finds in the calls as lines of a file, and what
    docs/IDENTITY.md says."""
    folder.mkdir()
    (folder / "policies.yaml").write_text(POLICIES)
    source = folder / "calls.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in said))
    run = product.Product(deltaward, folder, folder / "policies.yaml")
    run.run_well(source)
    found = {(policy, name) for policy, _, name in run.findings()}
    assert found == ({("stream-off", finding("stream-off", one)) for one in said[0::3]} |
                     {("looks-around", finding("looks-around", one)) for one in said[2::3]})
    return found


def put(client, stream, values):
    """In their order, into one shard each."""
    answer = client.put_records(StreamName=stream, Records=[
        {"Data": value, "PartitionKey": str(number)} for number, value in enumerate(values)])
    assert answer["FailedRecordCount"] == 0
