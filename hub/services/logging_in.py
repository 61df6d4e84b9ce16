"""People log in at a provider that the catalogue declares, and out again: the steps between a browser, the provider and a session.

1. A ticket is made; the browser keeps it, sealed, and is sent to the provider.
2. The browser comes back with an answer. Its ticket is used up: a second answer to it comes to nothing, on whichever replica.
3. The provider says who it is. How strong the login was is what it says, never what was asked for.
4. A session is opened, of a new name; the one that the browser had until now ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.identity import (
    ClientRefused,
    FoundSession,
    LoginFailed,
    ProviderLogin,
    Session,
    Ticket,
    Tickets,
    TokenInvalid,
    UsedAssertions,
    Wire,
)
from hub.services.errors import NotFound
from hub.services.reading import Reads
from hub.services.sessions import LoginSessions

HOME: Final = "/session"
"""Where people go on who did not say where."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that begins: where the browser is sent, and what it keeps."""

    address: str = field(repr=False)
    ticket: str = field(repr=False)


class LoggingIn:
    """Logs people in and out.

    Args:
        providers: those that the catalogue declares, by id.
        wire: by which they are asked.
        tickets: of logins that are going on.
        used: what can be used once.
        sessions: of those who are logged in.
        home: the hub's address, as browsers know it.
    """

    def __init__(
        self, providers: Mapping[str, ProviderLogin], *, wire: Wire, tickets: Tickets, used: UsedAssertions, sessions: LoginSessions,
        home: str,
    ) -> None:  # fmt: skip
        self._providers, self._wire, self._tickets = providers, wire, tickets
        self._used, self._sessions, self._home = used, sessions, home
        self._reads = Reads("logins", threads=2)

    async def start(self) -> None:
        """Open what is needed; no provider need be up."""
        await self._wire.start()
        for one in self._providers.values():
            await one.start()

    async def close(self) -> None:
        """Close it."""
        for one in self._providers.values():
            await one.close()
        await self._wire.close()

    async def begin(self, provider: str, *, next_: str | None, level: int | None, language: str) -> Begun:
        """Send somebody to a provider.

        Raises:
            NotFound: there is no such provider.
            LoginFailed: no login there is as strong as `level`.
            LoginUnavailable: it does not answer.
        """
        chosen = self._providers.get(provider)
        if chosen is None:
            raise NotFound
        if level is not None and max(chosen.provider.levels.values()) < level:
            raise LoginFailed("level", level)
        ticket = self._tickets.new(provider, next_=next_ or HOME, level=level)
        return Begun(await chosen.address(ticket, language), self._tickets.seal(ticket))

    async def finish(
        self, answer: Mapping[str, str], ticket: str | None, *, before: Session | None
    ) -> tuple[FoundSession, str]:
        """Let somebody in who came back; gives the session, and the path at which they go on.

        Args:
            answer: what the provider had the browser bring.
            ticket: what the browser kept.
            before: the session that it had until now.

        Raises:
            LoginFailed, LoginUnavailable: nobody is let in.
        """
        begun = self._tickets.open(ticket, answer.get("state"))
        chosen = self._providers.get(begun.provider)
        if chosen is None:
            raise LoginFailed("ticket")
        await self._use_up(begun)
        said = await chosen.redeem(begun, answer)
        if begun.level is not None and (said.person.assurance_level or 0) < begun.level:
            raise LoginFailed("level", begun.level)
        found = await self._sessions.open(said, instead_of=before.id if before else None)
        return found, begun.next

    async def _use_up(self, ticket: Ticket) -> None:
        try:
            await self._reads(
                lambda: self._used.remember("a login that is going on", ticket.state, ticket.until)
            )
        except ClientRefused:
            raise LoginFailed("ticket") from None

    async def log_out(self, session: Session) -> str:
        """End a session; gives the address at which the browser goes on: the provider's, to log out there too, or the hub's own."""
        await self._sessions.end(session)
        chosen, home = self._providers.get(session.said.provider), f"{self._home}{HOME}"
        return (await chosen.farewell(session.said.hint, home) if chosen else None) or home

    async def logged_out(self, token: str) -> int:
        """Log out whom a provider says it logged out; gives how many sessions ended.

        Raises:
            TokenInvalid, TokenExpired: it is no provider's word, or was used before.
            LoginUnavailable: it cannot be checked.
        """
        for chosen in self._providers.values():
            if chosen.seems_of(token):
                return await self._logged_out(chosen, token)
        raise TokenInvalid

    async def _logged_out(self, chosen: ProviderLogin, token: str) -> int:
        said = await chosen.logout_token(token)
        name = chosen.provider.id
        try:
            await self._reads(lambda: self._used.remember(f"logout of {name}", said.jti, said.until))
        except ClientRefused:
            raise TokenInvalid from None
        return await self._sessions.end_of(name, sub=said.sub, sid=said.sid)
