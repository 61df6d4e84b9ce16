"""The demo's login: a small OpenID Connect issuer, `python -m hub.demo.identity_provider --port 8705`.

It gives anyone a token for any of the demo's people, without asking anything: it is a toy, and listens on 127.0.0.1 alone.
`POST /token` with the form fields `person` (position in the population, from 0) and `audience` answers an access token (`at+jwt`, RFC 9068)
signed ES256, with the claims that a federal login gives: `egovNRN`, `acr`, and the enterprises that the person may act for. A third field,
`acr_values`, asks for another strength of login than a card's. In a browser one logs in by the code flow (`hub.demo.code_flow`).
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey

from hub.demo.asgi import Answer, App, Asked, application, json_answer, run, serving, until_stopped
from hub.demo.code_flow import ASSURANCE, ASSURANCES, WEAK, CodeFlow
from hub.demo.people import Person, Population, population

__all__ = ["ASSURANCE", "WEAK", "IdentityProvider", "main", "provider_app", "serve"]
_LIFETIME_S: Final = 600


class IdentityProvider:
    """The issuer: its key lives as long as the process."""

    def __init__(self, issuer: str, people: Population, *, now: Callable[[], float] = time.time) -> None:
        """`issuer` is the address under which it is reached; `now` gives seconds since 1970."""
        self.issuer = issuer
        self._people = people
        self._now = now
        self._key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        # Who the person is must not be seen from `sub`, and stays the same while the process lives.
        self._pseudonyms: dict[int, str] = {}
        self._code_flow = CodeFlow(self)

    def token(self, person: int, audience: str, *, assurance: str = ASSURANCE) -> str:
        """An access token of one of the people, who logged in so strongly.

        Raises:
            IndexError: there is no such person.
        """
        return self.signed("at+jwt", {"aud": audience, **self.about(person), "acr": assurance})

    def signed(self, kind: str, claims: dict[str, Any]) -> str:
        """A token of this issuer, of this `typ`."""
        issued = int(self._now())
        usual = {
            "iss": self.issuer, "iat": issued, "exp": issued + _LIFETIME_S, "jti": secrets.token_hex(16),
        }  # fmt: skip
        return jwt.encode({"alg": "ES256", "typ": kind, "kid": self._key.kid}, usual | claims, self._key)

    def about(self, person: int) -> dict[str, Any]:
        """What is said of somebody.

        Raises:
            IndexError: there is no such person.
        """
        if person < 0:
            raise IndexError(person)
        return self._about(person, self._people.everybody[person])

    @property
    def people(self) -> Population:
        """Those who can log in."""
        return self._people

    def _about(self, position: int, person: Person) -> dict[str, Any]:
        pseudonym = self._pseudonyms.setdefault(position, secrets.token_urlsafe(16))
        return {
            "sub": pseudonym,
            "egovNRN": person.ssin,
            "givenName": " ".join(person.given_names),
            "surname": person.family_name,
            "enterpriseNumbers": list(self._people.represented_by(person.ssin)),
        }

    async def handle(self, asked: Asked) -> Answer:
        """Answer one HTTP request."""
        match asked.method, asked.path:
            case "GET", "/.well-known/openid-configuration":
                return json_answer(self._configuration())
            case "GET", "/jwks":
                return json_answer({"keys": [self._key.as_dict(private=False)]})
            case "POST", "/token" if b"authorization_code" not in asked.body:
                return self._give(asked.body)
            case _ if (answer := await self._code_flow.handle(asked)) is not None:
                return answer
            case _:
                return json_answer({"error": "not_found"}, 404)

    def _configuration(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint": f"{self.issuer}/token",
            **self._code_flow.configuration(),
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "acr_values_supported": list(ASSURANCES),
        }

    def _give(self, body: bytes) -> Answer:
        try:
            form = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
            (person,), (audience,) = form["person"], form["audience"]
            (assurance,) = form.get("acr_values", [ASSURANCE])
            token = self.token(int(person[:9]), audience, assurance=ASSURANCES[assurance])
        except (ValueError, KeyError, IndexError):
            return json_answer(
                {"error": "invalid_request", "error_description": "person and audience are needed"}, 400
            )
        return json_answer({"access_token": token, "token_type": "Bearer", "expires_in": _LIFETIME_S})


def provider_app(issuer: str, people: Population) -> App:
    """The issuer as an ASGI application."""
    return application(IdentityProvider(issuer, people).handle)


async def serve(port: int, *, seed: int = 1, size: int = 60) -> None:
    """Serve on this port of 127.0.0.1 until SIGTERM; says `ready` and the port on standard error."""
    app = provider_app(f"http://127.0.0.1:{port}", population(seed, size))
    async with serving([(app, port)]) as taken:
        sys.stderr.write(f"ready {taken[0]}\n")
        sys.stderr.flush()
        await until_stopped()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m hub.demo.identity_provider", description="The demo's login."
    )
    parser.add_argument("--port", type=int, default=8705)
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic people")
    parser.add_argument("--size", type=int, default=60, help="how many people")
    chosen = parser.parse_args(arguments)
    run(lambda: serve(chosen.port, seed=chosen.seed, size=chosen.size))


if __name__ == "__main__":
    main()
