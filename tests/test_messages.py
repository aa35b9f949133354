"""The channel between supervisor and child."""

from __future__ import annotations

import os

import pytest

from quickdemo.runtime.reload.messages import Channel


def test_messages_arrive_in_order_with_their_descriptors() -> None:
    ours, theirs = Channel.pair()
    read, write = os.pipe()
    for number in range(50):
        assert ours.send("n", number=number)
    assert ours.send("pipe", (read,), text="\ud800 é")
    assert ours.send("last")
    got = []
    while not got or got[-1].type != "last":
        got += theirs.read()
    assert [m["number"] for m in got[:50]] == list(range(50))
    assert got[50]["text"] == "\ud800 é"
    os.write(write, b"x")
    assert os.read(got[50].fds[0], 1) == b"x"
    assert not os.get_inheritable(got[50].fds[0])
    for fd in (read, write, got[50].fds[0]):
        os.close(fd)
    ours.close()
    with pytest.raises(EOFError):
        theirs.read()
    assert not theirs.send("too late")
    theirs.close()


def test_posting_never_blocks_and_loses_nothing() -> None:
    ours, theirs = Channel.pair()
    for number in range(2000):
        ours.post("n", number=number, text="x" * 1000)
    assert ours.pending
    got = []
    while len(got) < 2000:
        ours.flush()
        got += theirs.read()
    assert [m["number"] for m in got] == list(range(2000))
    ours.close()
    theirs.close()
