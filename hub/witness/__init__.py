"""An independent witness of usage logs: a process of its own, with its own key and its own memory.

It shares nothing with a hub, neither its database nor its keys, and is best run by somebody else. What it decides is in `audit.witnesses.witnessing`.
"""

from hub.witness.folder import WitnessFolder, WitnessUnusable
from hub.witness.followed import FollowedLogs
from hub.witness.memory import SqliteMemory
from hub.witness.web import application

__all__ = ["FollowedLogs", "SqliteMemory", "WitnessFolder", "WitnessUnusable", "application"]
