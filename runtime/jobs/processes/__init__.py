"""Worker processes: calls of a function run one at a time in each of N processes, which share what the script loaded.

    server's child ── Processes (pool.py), one for each function; Hand (hand.py), the server's side of one worker
      └─ fork server (forkserver.py) ── forked when the script had run, before any thread; runs no user code
           └─ workers (worker.py) ── run the function, and tell what it reports

The arguments are made, and the results are shown, in the server's child, where files and sessions are: Python values
travel by pickle, large ones in memory that both sides map (wire.py). A worker that dies costs its own call alone. Where
the child cannot be forked (forking.py), a worker is a new process that runs the script again (scripted.py).
"""
