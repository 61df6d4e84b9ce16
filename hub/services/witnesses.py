"""Has the log's checkpoints cosigned by independent witnesses (C2SP tlog-witness), and raises the alarm where one refuses or is away.

Behind the signer and never on the path of an append: each witness is given the newest checkpoint in a task of its own, so that none waits for
another. Replicas share what was cosigned through the database: whoever finds the newest checkpoint cosigned already submits nothing.

What a witness says is believed as far as it is signed. A cosignature has to be its own, of this checkpoint, and of now. That it knows a larger tree, or
another one, counts against the log only with a checkpoint that the log itself signed.
"""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

import aiohttp
import structlog

from audit import CheckpointInvalid, Cosigning, MerkleError, Newest, witnessing
from hub.services.errors import NotRecorded
from hub.services.reading import Reads
from hub.services.witness_list import Place

DEADLINE_S: Final = 5.0
LEEWAY: Final = timedelta(minutes=5)
"""How far a witness's clock may be from the hub's."""
MAX_BODY: Final = 64 * 1024
_READ_WITHIN_S: Final = 600.0
"""For what a witness holds against the log, every leaf may have to be read."""
_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\n")
_log = structlog.get_logger("hub.witnesses")
T = TypeVar("T")


@dataclass(slots=True)
class _State:
    """How a witness does: what is wrong, whether it is a refusal, and since when it has not cosigned what it could."""

    trouble: str = ""
    refuses: bool = False
    behind_since: float | None = None


class _Trouble(Exception):
    """A witness did not cosign. Its text says why."""

    def __init__(self, what: str, *, refuses: bool) -> None:
        super().__init__(what)
        self.refuses = refuses


class Witnesses:
    """Submits, checks and stores.

    Args:
        cosigning: the log's side of it.
        places: the witnesses.
        every: seconds between two looks for a new checkpoint.
        patience: seconds without a cosignature, though there is something to cosign, before the hub is degraded.
        clock: aware, UTC.
    """

    def __init__(
        self, cosigning: Cosigning, places: Sequence[Place], *, every: float, patience: float, clock: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._cosigning, self._places = cosigning, places
        self._every, self._patience, self._clock = every, patience, clock
        self._states = {place.key.name: _State() for place in places}
        self._reads = Reads("witnesses", threads=max(1, len(places)), within_s=_READ_WITHIN_S)
        self._contradicted = False
        self._session: aiohttp.ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Ask each witness what it holds of this log, before anything is appended; then have checkpoints cosigned.

        A witness that does not answer stops nothing: what it holds is learnt when it is back.
        """
        if not self._places:
            return
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=DEADLINE_S),
        )
        await asyncio.gather(*(self._ask_first(place) for place in self._places))
        self._tasks = [asyncio.create_task(self._follow(place)) for place in self._places]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._session is not None:
            await self._session.close()

    async def well(self) -> bool:
        """Whether no witness refuses, and none is behind for longer than can be borne."""
        now = time.monotonic()
        return not any(
            state.refuses or (state.behind_since is not None and now - state.behind_since > self._patience)
            for state in self._states.values()
        )

    async def unopposed(self) -> bool:
        """Whether no witness saw another log than this one: else nothing is appended, so nothing is disclosed."""
        return not self._contradicted

    async def _follow(self, place: Place) -> None:
        while True:
            try:
                if await self._round(place):
                    self._note(place, "")
                else:
                    self._lag(place)
            except _Trouble as trouble:
                self._note(place, str(trouble), refuses=trouble.refuses)
            except NotRecorded:  # the database is away: the log says so itself
                pass
            except Exception as error:  # noqa: BLE001 - the next round may do better; the text could hold anything
                self._note(place, f"its answer could not be dealt with ({type(error).__name__})")
            await asyncio.sleep(self._every)

    async def _round(self, place: Place) -> bool:
        """Have the newest checkpoint cosigned; whether it is."""
        newest = await self._in_thread(lambda: self._cosigning.newest(place.key))
        if newest is None or newest.size == newest.cosigned:
            return True
        old = newest.cosigned
        for _ in range(2):
            known = await self._submit(place, newest, old)
            if known is None:
                return True
            if known > newest.size:
                newest = await self._check_ahead(place, known)
            if known < newest.cosigned:
                _log.warning("a witness forgot what it cosigned", witness=place.key.name, size=known)
            old = known
        return False

    async def _submit(self, place: Place, newest: Newest, old: int) -> int | None:
        """Submit a checkpoint; None once it is cosigned, else the size that the witness says it knows."""
        given = await self._in_thread(lambda: self._cosigning.submission(newest, old))
        status, body, kind = await self._request(place, "/add-checkpoint", given.to_bytes())
        if status == 200:
            await self._keep(place, newest.note, body)
            return None
        size = _SIZE.fullmatch(body) if status == 409 and kind == witnessing.SIZE else None
        if size is not None:
            return int(size[1])
        if status in {409, 422}:
            await self._check_other(place, status)
        raise _Trouble(f"it refuses the checkpoint with status {status}", refuses=status < 500)

    async def _keep(self, place: Place, note: str, body: str) -> None:
        try:
            made = await self._in_thread(lambda: self._cosigning.check(note, body, place.key))
            if abs(self._clock().timestamp() - made.timestamp) > LEEWAY.total_seconds():
                raise _Trouble("its cosignature is not of now: its clock or ours is wrong", refuses=True)
            await self._in_thread(lambda: self._cosigning.keep(note, made))
        except CheckpointInvalid as error:
            raise _Trouble(f"its answer is refused: {error}", refuses=True) from None

    async def _check_ahead(self, place: Place, known: int) -> Newest:
        """It says that it knows a larger tree: another replica may have been quicker, or this log lost entries. What it could cosign next."""
        newest = await self._in_thread(lambda: self._cosigning.newest(place.key, beyond=known))
        if newest is None or newest.size < known:
            shown = await self._check_latest(place)
            what = "and shows it" if shown else "and shows none that this log signed"
            raise _Trouble(
                f"it says that it cosigned {known} entries, more than there are, {what}", refuses=True
            )
        return newest

    async def _check_other(self, place: Place, status: int) -> None:
        """It says that this is not the tree that it knows."""
        if await self._check_latest(place):
            raise _Trouble(f"it cosigned another history of this log (status {status})", refuses=True)

    async def _check_latest(self, place: Place) -> bool:
        """Whether the checkpoint that it cosigned last is signed by this log, and the log does not go on from it."""
        path = f"/{witnessing.origin_hash(self._cosigning.origin)}/checkpoint"
        status, note, _ = await self._request(place, path)
        if status != 200:
            return False
        try:
            contradicts = await self._in_thread(lambda: self._cosigning.contradicts(note))
        except CheckpointInvalid:
            return False
        self._contradicted = self._contradicted or contradicts
        return contradicts

    async def _ask_first(self, place: Place) -> None:
        try:
            if await self._check_latest(place):
                self._note(place, "it cosigned what is not in this log", refuses=True)
        except _Trouble as trouble:
            self._note(place, str(trouble))
        except NotRecorded:  # the log will say so
            pass

    async def _request(self, place: Place, path: str, body: bytes | None = None) -> tuple[int, str, str]:
        """Status, body and media type of a witness's answer.

        Raises:
            _Trouble: there is none.
        """
        if self._session is None:
            raise _Trouble("the hub is closing", refuses=False)
        method = "GET" if body is None else "POST"
        try:
            async with self._session.request(
                method, place.address.rstrip("/") + path, data=body, allow_redirects=False
            ) as answer:
                found = await _read(answer)
                return answer.status, found.decode(), answer.content_type
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _Trouble(f"it does not answer ({type(error).__name__})", refuses=False) from None
        except UnicodeDecodeError:
            raise _Trouble("its answer is no text", refuses=True) from None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await self._reads(work)
        except MerkleError as error:
            if isinstance(error, CheckpointInvalid):
                raise
            raise _Trouble(str(error), refuses=False) from None

    def _note(self, place: Place, trouble: str, *, refuses: bool = False) -> None:
        """Remember how a witness does ("": all is cosigned), and say what is new of it, once."""
        state = self._states[place.key.name]
        if trouble != state.trouble:
            state.trouble = trouble
            if trouble:
                tell = _log.error if refuses else _log.warning
                tell("a witness does not cosign the log", witness=place.key.name, problem=trouble)
            else:
                _log.info("a witness cosigns the log again", witness=place.key.name)
        state.refuses = refuses
        if trouble:
            self._lag(place)
        else:
            state.behind_since = None

    def _lag(self, place: Place) -> None:
        """Remember since when there is something that a witness did not cosign."""
        state = self._states[place.key.name]
        if state.behind_since is None:
            state.behind_since = time.monotonic()


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(16_384):
        body += chunk
        if len(body) > MAX_BODY:
            raise _Trouble("its answer is too long", refuses=True)
    return bytes(body)
