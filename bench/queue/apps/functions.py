"""What is asked of all servers, written once."""

import os
import time


def echo(text, number):
    """Nothing to do: what is measured is all around it."""
    return text


def nap(text):
    """A short job that mostly waits."""
    time.sleep(0.05)
    return text


def tell(text):
    """Yields the time of its yield (monotonic, ns), and goes on for a while."""
    yield f"at={time.monotonic_ns()} "
    time.sleep(0.02)


def gated(text):
    """Waits for the file `go` in the folder where the server runs, then for nothing."""
    while not os.path.exists("go"):
        time.sleep(0.02)
    return text
