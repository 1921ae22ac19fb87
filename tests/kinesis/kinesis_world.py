"""Fixtures of the Kinesis source's tests, for modules to import."""
import pytest

from probe import Probe
from streams import Writer


@pytest.fixture
def stream(kinesis):
    """A stream of one shard that this test writes into; its shards count towards a limit."""
    writer = Writer(kinesis, shards=1)
    yield writer
    writer.client.delete_stream(StreamName=writer.name)


@pytest.fixture
def probe(build, tmp_path, kinesis, request):
    """probe(stream, **options): a reader, ended with the test."""
    made = []

    def make(stream, folder="probe", endpoint=None, **options):
        name = stream if isinstance(stream, str) else stream.arn
        reader = Probe(build, tmp_path / folder, endpoint or kinesis.endpoint, name, **options)
        made.append(reader)
        return reader

    yield make
    for reader in made:
        if reader.process and reader.process.poll() is None:
            reader.process.kill()
            reader.process.wait()
