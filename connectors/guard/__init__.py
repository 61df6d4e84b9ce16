"""What stands between those who ask and one source, so that a source in trouble harms only itself.

`rule` reads what a declaration says about it; `guard` is the way of a call, in order; `circuit`, `rate`, `record` are its parts;
`health` is what it tells; `metrics` is what it counts.
"""

from connectors.guard.guard import Guard, NotSent
from connectors.guard.health import Latency, SourceHealth
from connectors.guard.rule import CircuitRule, Limits, Rate, RetryRule, read_limits

__all__ = [
    "CircuitRule",
    "Guard",
    "Latency",
    "Limits",
    "NotSent",
    "Rate",
    "RetryRule",
    "SourceHealth",
    "read_limits",
]
