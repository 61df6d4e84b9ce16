"""What the hub says while it runs: one JSON object a line on standard error, never with personal data in it."""

import contextlib
import logging
import re
import sys
import threading
from collections.abc import Iterator, MutableMapping
from typing import Any
from urllib.parse import unquote

import structlog

_NUMBER = re.compile(r"[0-9][0-9 .-]{7,}[0-9]")


class _Access(logging.Filter):
    """Makes of uvicorn's line for a request what may be kept of it: no query, no address of who called, no long number."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            _, method, path, _, status = record.args
            plain = unquote(str(path).split("?", 1)[0])
            shown = _NUMBER.sub("…", plain) if plain.isascii() and plain.isprintable() else "…"
            record.msg, record.args = "%s %s %s", (method, shown, status)
        return True


def configure(level: str) -> None:
    """Send structlog and the standard library's loggers to standard error.

    Loggers of libraries stay at warning, whatever the level: what they write at debug can hold values, such as a date that
    zeep could not read or the SQL parameters of a driver.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            # Only a record's own message: the text of an exception may quote data.
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _name_exceptions_only,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    threading.excepthook = _note_dead_thread
    logging.getLogger("uvicorn.access").addFilter(_Access())
    for name in ("hub", "uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(number)


@contextlib.contextmanager
def warnings_aside() -> Iterator[None]:
    """Inside, structlog says warnings and worse alone, on standard error: a command's standard output is its answer."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def _note_dead_thread(args: threading.ExceptHookArgs) -> None:
    """Log the kind of an error that ended a thread; Python itself would print its text, which may quote data."""
    structlog.get_logger("hub").error(
        "a thread ended", thread=args.thread and args.thread.name, error=args.exc_type.__name__
    )


def _name_exceptions_only(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[0] is not None:
        event["exception"] = raised[0].__name__
    elif isinstance(raised, BaseException):
        event["exception"] = type(raised).__name__
    event.pop("stack_info", None)
    return event
