"""Both directions with Apache CXF: what we sign it verifies, what it signs we verify."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors import ContractBroken, SourceError, SourceRefused, SourceUnavailable
from connectors.contract import read_contract
from connectors.security.message import SecuredMessages
from connectors.soap import SoapSource
from tests.connectors.conftest import NUMBER, about, soap_declaration
from tests.connectors.security.conftest import SIGNATURE, VERIFY
from tests.support.certificates import pair
from tests.support.cxf_peer import PASSWORD, running_cxf

TOKEN = {"username": "hub", "password": "password"}
Ask = Callable[..., Awaitable[dict[str, object]]]


@pytest.fixture(scope="module")
def cxf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_cxf(tmp_path_factory.mktemp("cxf"), own=pair("source"), trusted=pair("hub")) as address:
        yield address


@pytest.fixture
async def ask(cxf: str, secrets: dict[str, str]) -> AsyncIterator[Ask]:
    """Asks a service of CXF's and gives what was read."""
    made: list[SoapSource] = []
    secrets["password"] = PASSWORD

    async def asker(
        service: str,
        security: dict[str, Any],
        *,
        ahead: timedelta = timedelta(0),
        at: datetime | None = None,
        times: int = 1,
        **changes: Any,
    ) -> dict[str, object]:
        source = SoapSource(
            soap_declaration(security=security, limits__deadlineMs=20_000, **changes),
            address=f"{cxf}/{service}",
            secrets=secrets.__getitem__,
            clock=lambda: (at or datetime.now(UTC)) + ahead,
        )
        made.append(source)
        for _ in range(times - 1):
            await source.ask(about(source))
        return dict((await source.ask(about(source))).values)

    yield asker
    for source in made:
        await source.close()


@pytest.mark.parametrize("theirs", ["DirectReference", "IssuerSerial", "Thumbprint", "SKIKeyIdentifier"])
@pytest.mark.parametrize(
    "ours", ["binarySecurityToken", "issuerSerial", "thumbprint", "subjectKeyIdentifier"]
)
async def test_each_verifies_what_the_other_signed(ask: Ask, ours: str, theirs: str) -> None:
    signature = {**SIGNATURE, "keyInfo": ours}
    values = await ask(
        f"Timestamp+Signature/{theirs}/11", {"signature": signature, "verify": VERIFY},
        request={"Number": "{subject}", "Part": ["<é & \r\n\t'\">", "{subject}"]},
    )  # fmt: skip
    assert values["person.givenNames"] == ["Ada & é"]


async def test_soap_12_likewise(ask: Ask) -> None:
    values = await ask(
        "Timestamp+Signature/DirectReference/12", {"signature": SIGNATURE, "verify": VERIFY}, port="Soap12"
    )
    assert values["person.givenNames"] == ["Ada & é"]


async def test_a_user_name_is_accepted_alone_and_signed(ask: Ask) -> None:
    service = "UsernameToken+Timestamp{}/DirectReference/11"
    assert await ask(service.format(""), {"usernameToken": TOKEN, "verify": VERIFY})
    also = {**SIGNATURE, "also": ["usernameToken", "binarySecurityToken"]}
    security = {"usernameToken": TOKEN, "signature": also, "verify": VERIFY}
    assert await ask(service.format("+Signature"), security)
    with pytest.raises(SourceError):
        await ask(service.format("+Signature"), {**security, "signature": SIGNATURE})


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), ("another", 500)])
def test_a_password_may_be_sent_as_it_is(cxf: str, password: str, status: int) -> None:
    """A source does so over https alone: here the request that it would send is handed over."""
    declaration = soap_declaration(security={"usernameToken": {**TOKEN, "type": "text"}})
    contract = read_contract(declaration)
    assert declaration.security is not None
    messages = SecuredMessages(
        "persons", declaration.security, contract.template,
        secrets={"password": password}.__getitem__, clock=lambda: datetime.now(UTC), random=os.urandom,
    )  # fmt: skip
    connection = HTTPConnection(urlsplit(cxf).netloc, timeout=20)
    address = "/TextUsernameToken+Timestamp/DirectReference/11"
    connection.request("POST", address, messages.fill({"subject": NUMBER}), dict(contract.headers))
    assert connection.getresponse().status == status
    connection.close()


async def test_the_same_question_twice_in_a_millisecond_is_no_replay(ask: Ask) -> None:
    """CXF keeps signatures with their Timestamps, and refuses one that it has seen."""
    now = datetime.now(UTC)
    assert await ask("Timestamp+Signature/Thumbprint/11", {"signature": SIGNATURE}, at=now, times=2)


async def test_cxf_refuses_what_we_should_not_have_sent(ask: Ask, secrets: dict[str, str]) -> None:
    service = "Timestamp+Signature/DirectReference/11"
    with pytest.raises(SourceRefused):
        await ask(service, {"signature": SIGNATURE}, ahead=timedelta(hours=-1))
    with pytest.raises(SourceRefused):
        await ask(service, {"usernameToken": TOKEN})
    secrets["password"] = "another"
    with pytest.raises(SourceRefused):
        await ask("UsernameToken+Timestamp/DirectReference/11", {"usernameToken": TOKEN})
    secrets |= {"our-key": pair("impostor").key, "our-certificate": pair("impostor").cert}
    with pytest.raises(SourceRefused):
        await ask(service, {"signature": SIGNATURE})
    with pytest.raises(SourceUnavailable, match="500"):  # its Fault is not signed
        await ask(service, {"signature": SIGNATURE, "verify": VERIFY})


async def test_we_refuse_what_cxf_signed_with_another_key_or_at_another_time(
    ask: Ask, secrets: dict[str, str]
) -> None:
    service = "UsernameToken+Timestamp/DirectReference/11"
    security = {"usernameToken": TOKEN, "verify": {**VERIFY, "maxAgeS": 20, "clockSkewS": 0}}
    with pytest.raises(ContractBroken, match="too old"):
        await ask(service, security, ahead=timedelta(seconds=30))
    secrets["their-certificate"] = pair("impostor").cert
    with pytest.raises(ContractBroken, match="does not hold"):
        await ask(service, security)
