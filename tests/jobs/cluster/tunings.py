"""Times for tests: leases that end soon."""

from __future__ import annotations

from dataclasses import replace

from tests.jobs.engines import SMALL

QUICK = replace(SMALL, lease_s=1.0, poll_s=0.1, patience_s=20.0)
