"""The process in which a policy set is tried; see `policies.trial`. It imports nothing of the house, so that it starts at once."""

import json
import math
import resource
import sys
from pathlib import Path

STATM = Path("/proc/self/statm")


def main() -> None:
    """Read a set and questions, and decide. How it ends is the answer: by itself, or by one of its limits."""
    asked = json.load(sys.stdin)
    import regorus  # noqa: PLC0415 - the engine's own code is no part of what is limited

    spent = math.ceil(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + asked["seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (spent, spent))
    if (
        STATM.exists()
    ):  # the engine's allocator reserves a lot from the start: what is there already is not counted
        room = int(STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + asked["bytes"]
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    engine = regorus.Engine()
    for name, text in asked["modules"].items():
        engine.add_policy(name, text)
    engine.add_data_json(json.dumps(asked["data"]))
    for question in asked["questions"]:
        engine.set_input_json(json.dumps(question))
        try:
            engine.eval_rule_as_json("data.onlyonce.decision")
        except MemoryError:
            raise
        except BaseException:  # noqa: BLE001, S110 - a panic is one too. No decision: the hub will say so, and disclose nothing
            pass


if __name__ == "__main__":
    main()
