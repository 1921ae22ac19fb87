"""How long tests wait for what must come: the times that they name, stretched for machines on which
other things run too. Only a wait that fails takes longer by it; promised times are measured."""
import time

STRETCH = 4


def deadline(seconds):
    return time.monotonic() + STRETCH * seconds
