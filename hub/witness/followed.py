"""The logs that a witness follows: a file of verifier keys, one a line."""

from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import CheckpointInvalid, checkpoint
from hub.witness.folder import WitnessUnusable

_log = structlog.get_logger("witness")


class FollowedLogs:
    """The keys of each log, by its origin, which is the name in the verifier key. The file is read again when it changes.

    Empty lines, and lines that begin with `#`, are passed over. A log that rotates its key has a line for each.

    Raises:
        WitnessUnusable: the file cannot be read, naming its first bad line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()
        self._logs = _read(path)

    def __call__(self) -> dict[str, list[Ed25519PublicKey]]:
        """The logs as they stand in the file; those of before where it has become unreadable."""
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._logs = _read(self._path)
                _log.info("other logs are followed", logs=len(self._logs))
        except WitnessUnusable as error:
            _log.error("the list of logs cannot be used; those of before are followed", problem=str(error))
        return self._logs

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise WitnessUnusable(f"{self._path}: cannot be read ({type(error).__name__})") from None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> dict[str, list[Ed25519PublicKey]]:
    logs: dict[str, list[Ed25519PublicKey]] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessUnusable(f"{path}: cannot be read ({type(error).__name__})") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            origin, key = checkpoint.read_verifier_key(line)
        except CheckpointInvalid as error:
            raise WitnessUnusable(f"{path}:{number}: {error}") from None
        logs.setdefault(origin, []).append(key)
    return logs
