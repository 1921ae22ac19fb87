"""Enough of Kinesis to measure its readers: one shard, pages of records made beforehand."""
import base64
import contextlib
import hashlib
import http.server
import json
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True

RECORDS = 5000
RECORD_BYTES = 1000
STREAM = "arn:aws:kinesis:eu-central-1:123456789012:stream/bench"
SHARD = {"ShardId": "shardId-000000000000",
         "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)},
         "SequenceNumberRange": {"StartingSequenceNumber": "1"}}


def record_data(number):
    """A change of 1,000 bytes."""
    keys = {"sku": {"S": f"A{number}"}}
    item = {**keys, "price": {"N": "10"}}
    record = {"awsRegion": "eu-central-1", "eventName": "MODIFY", "tableName": "products",
              "dynamodb": {"ApproximateCreationDateTime": 1772355600000000 + number,
                           "ApproximateCreationDateTimePrecision": "MICROSECOND", "Keys": keys,
                           "OldImage": item, "NewImage": {**item, "text": {"S": ""}}},
              "eventSource": "aws:dynamodb"}
    missing = RECORD_BYTES - len(json.dumps(record, separators=(",", ":")))
    record["dynamodb"]["NewImage"]["text"]["S"] = "x" * missing
    return json.dumps(record, separators=(",", ":")).encode()


def make_page():
    """The records of every page; PAGE stands for its number in sequence numbers."""
    records = [{"SequenceNumber": f"49PAGE{number:08d}", "PartitionKey":
                hashlib.md5(str(number).encode()).hexdigest(),
                "ApproximateArrivalTimestamp": round(time.time(), 3),
                "Data": base64.b64encode(record_data(number)).decode()}
               for number in range(RECORDS)]
    return json.dumps(records, separators=(",", ":")).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages = 0
    page = b""
    served = 0

    def log_message(self, *_):
        """Says nothing."""

    def do_GET(self):
        self.answer(b"{}")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        operation = self.headers["X-Amz-Target"].split(".")[1]
        if operation == "ListShards":
            self.answer(json.dumps({"Shards": [SHARD]}).encode())
        elif operation == "GetShardIterator":
            self.answer(json.dumps({"ShardIterator": "page-0"}).encode())
        else:
            self.get_records(body["ShardIterator"])

    def get_records(self, iterator):
        """One page after the other; then none. "bare" is a client that keeps no count."""
        number = Handler.served if iterator == "bare" else int(iterator.split("-")[1])
        Handler.served = number + 1
        more = number < self.pages
        records = self.page.replace(b"PAGE", b"%08d" % number) if more else b"[]"
        behind = 1000 if number + 1 < self.pages else 0
        self.answer(b'{"MillisBehindLatest":%d,"NextShardIterator":"page-%d","Records":%s}'
                    % (behind, number + more, records))

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(pages):
    Handler.pages, Handler.page = pages, make_page()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


@contextlib.contextmanager
def serving(pages):
    """The endpoint of a process of its own, so that its time is nobody's."""
    child = subprocess.Popen([sys.executable, __file__, str(pages)], stdout=subprocess.PIPE,
                             text=True)
    try:
        endpoint = f"http://127.0.0.1:{child.stdout.readline().strip()}"
        urllib.request.urlopen(endpoint, timeout=10).close()
        yield endpoint
    finally:
        child.kill()
        child.wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
