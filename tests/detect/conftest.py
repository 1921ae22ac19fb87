"""One world a test, in the Kafka of the session."""
import pytest

from detector import World


@pytest.fixture
def world(deltaward, kafka, tmp_path):
    world = World(deltaward, kafka, tmp_path)
    yield world
    world.close()
