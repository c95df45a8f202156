"""A stand-in of the OpenAI and Azure OpenAI fine-tuning API: a real HTTP server on loopback.

The SDK ``openai`` speaks to it as it does to the service: jobs, events, checkpoints, files, pause, resume
and cancel, in the dialect of either service. Its jobs follow a script (`JobScript`), move by a clock, by
requests or by hand, and things go wrong on demand (`faults`).

    python -m tests.standin --job demo

How it differs from the real thing: jobs cannot be created, nothing is trained, and models cannot be called.
It never forgets a job, has one key and no rate limit, knows of a file only what a job has to do with it, and
answers at once unless told otherwise. A page holds up to 200 items. The final checkpoint appears when the job
has succeeded. Where services and their specification disagree, it sides with the services; ``deviations=()``
makes it keep to the specification.

>>> from tests.standin import ByHand, Standin, jobs
>>> with Standin([jobs.small_sft()], clock=ByHand()) as server:
...     server.advance("small-sft", 30)
...     server.progress("small-sft").steps
28
"""

from __future__ import annotations

from tests.standin import faults, jobs
from tests.standin.clocks import ByHand, ByRequest, ByTime, Clock
from tests.standin.dialects import Deviation, DialectName, ListName, Order
from tests.standin.messages import Answer, Request, Respond
from tests.standin.progress import Progress
from tests.standin.rules import Fault, Faults, Rule
from tests.standin.script import Checkpoint, Ending, JobScript, Record
from tests.standin.server import DEFAULT_KEY, Call, Standin

__all__ = [
    "DEFAULT_KEY",
    "Answer",
    "ByHand",
    "ByRequest",
    "ByTime",
    "Call",
    "Checkpoint",
    "Clock",
    "Deviation",
    "DialectName",
    "Ending",
    "Fault",
    "Faults",
    "JobScript",
    "ListName",
    "Order",
    "Progress",
    "Record",
    "Request",
    "Respond",
    "Rule",
    "Standin",
    "faults",
    "jobs",
]
