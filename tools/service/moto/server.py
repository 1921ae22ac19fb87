"""moto's server with two of its slow ways mended; what it answers stays the same.

A queue gives out a message only after its age was looked at, for which moto works out all
attributes of the queue, walking every message of it: here the one attribute is read. And it builds
a parser of JSON paths for each event of EventBridge: here each path is parsed once."""
import functools
import sys
import time

import jsonpath_ng.ext
import moto.server
import moto.sqs.models


def is_young(backend, queue_name, message):
    kept_s = backend.get_queue(queue_name).message_retention_period
    return time.time() < message.sent_timestamp / 1000 + kept_s


def mend(owner, name, way):
    if not hasattr(owner, name):
        sys.exit(f"tools/service/moto/server.py is for another version of moto: no {name}")
    setattr(owner, name, way)


if __name__ == "__main__":
    mend(moto.sqs.models.SQSBackend, "is_message_valid_based_on_retention_period", is_young)
    mend(jsonpath_ng.ext, "parse", functools.lru_cache(jsonpath_ng.ext.parse))
    sys.exit(moto.server.main())
