"""The name of the log, kept beside the keys."""

from audit import checkpoint, note_in, write_whole
from hub.keys import KeysUnusable
from hub.settings import Settings


def name_log(settings: Settings) -> None:
    """Keep the log's name from its first start on: it stays the same log when the hub's address changes."""
    if settings.named_log.exists():
        return
    kept = settings.kept_checkpoint
    name = log_origin(settings)
    if kept.exists():
        name = checkpoint.read_checkpoint(note_in(kept.read_text("utf-8"))).origin
    write_whole(settings.named_log, f"{name}\n")


def log_origin(settings: Settings) -> str:
    """The name under which the log's checkpoints are signed, as it is kept beside the keys; before its first start, what it will be: the
    hub's address without its scheme (C2SP tlog-checkpoint).

    Raises:
        KeysUnusable: what is kept there is no name.
    """
    if settings.named_log.exists():
        name = settings.named_log.read_text("utf-8").strip()
        if not checkpoint.is_key_name(name):
            raise KeysUnusable(f"{settings.named_log}: is not the name of a log")
        return name
    return settings.public_url.split("://", 1)[1] + "/log"
