"""Exit codes, the same for every command."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
NOT_FOUND = 3
DAMAGED = 4
NETWORK = 5
AUTH = 6
PORT_IN_USE = 7
TIME_LIMIT = 124
INTERRUPTED = 130
TERMINATED = 143

TABLE = """\b
Exit codes:
  0    all went well
  1    the app, or the operation, failed
  2    the command was typed wrongly
  3    nothing was found
  4    data are damaged
  5    the network or the Hub cannot be reached
  6    a login is needed or was refused
  7    the address is in use
  124  a time limit was reached
  130  ended by Ctrl-C
  143  ended by SIGTERM"""
