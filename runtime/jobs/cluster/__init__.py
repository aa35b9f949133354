"""The distributed engine: jobs, their events, sessions and large values in NATS JetStream, for several hosts.

Every job has a log of its own in the broker, and the last entry of it is the truth: each entry is written only after
the one that its writer knows (compare and set), so that of two who believe they own a job one is always refused. What
waits stands in one work queue for each function and version of an app, in lanes by owner.
"""
