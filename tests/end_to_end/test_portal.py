"""A portal of another state reads somebody's lines from a running hub, which keeps no number of it anywhere."""

import base64
import ssl
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from hub.api.portal_usage import PREFIX
from tests.end_to_end.house import House
from tests.end_to_end.people import ssin
from tests.end_to_end.running import running
from tests.end_to_end.test_canary import everything_written, found_in, observed, spellings
from tests.end_to_end.traffic import Traffic
from tests.support.certificates import Pair, pair
from tests.support.tls_proxy import files, tls_proxy

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIND = f"{PREFIX}/v2/findUsage"
CERTIFICATE = base64.b64encode(pair("portal").certificate.public_bytes(Encoding.DER)).decode()


def portals(folder: Path) -> dict[str, str]:
    pinned = folder / "portals"
    pinned.mkdir(parents=True)
    (pinned / "eesti.pem").write_text(pair("portal").cert)
    return {"FIND_USAGE_PORTALS": str(pinned), "TLS_PROXIES": "127.0.0.1"}


async def test_no_number_of_a_portals_request_is_kept_anywhere(tmp_path: Path) -> None:
    async with observed(tmp_path, **portals(tmp_path)) as house:
        place, traffic = house.fresh(), Traffic(house)
        traffic.places = [place]
        number = ssin(place)
        await house.prefill("study-grant", place)
        headers = {"Client-Cert": f":{CERTIFICATE}:", "X-Road-UserId": f"BE{number}"}
        good = f"{FIND}?userCode=BE{number}&limit=1"
        odd = f"{PREFIX}/v2/{number}?x={number}"
        for path in (good, odd, f"{FIND}?{number}={number}", f"{PREFIX}{number}"):
            traffic.replies.append(await house.call("GET", path, headers=headers))
            traffic.replies.append(await house.call("POST", path, headers=headers, body={"ssin": number}))
            traffic.replies.append(await house.call("GET", path, headers={"X-Road-UserId": number}))
        first = traffic.replies[0]
        assert (first.status, first.json["totalUsages"]) == (200, 1)
        assert {reply.status for reply in traffic.replies[1:]} == {400, 403, 404, 405}
        newest = (await house.lines(place))[0]
        assert (newest["kind"], newest["portal"]) == ("usageRead", "eesti")
        channels = await everything_written(house, traffic, tmp_path)
        channels["log"] |= {f"{name}, at the end": said for name, said in house.said().items()}
    assert b"GET /api/dataTracker/v2/findUsage 200" in channels["log"]["telemetry_hub.log"]
    assert b"dataTracker" not in channels["trace"]["traces"]
    assert b"dataTracker" not in channels["metric"]["metrics"]
    needles = list(spellings(number).items())
    assert {(name, *leak) for name, blobs in channels.items() for leak in found_in(blobs, needles)} == set()


async def test_a_portal_reads_through_a_proxy_that_demands_its_certificate(tmp_path: Path) -> None:
    stranger, server = pair("another-portal"), pair("proxy")
    async with (
        running(tmp_path, portals(tmp_path)) as house,
        tls_proxy(house.hub, server, pair("portal"), stranger, folder=tmp_path) as proxy,
    ):
        place = house.fresh()
        await house.prefill("study-grant", place)
        question = f"{proxy}{FIND}?userCode=BE{ssin(place)}"
        brought = {"X-Road-UserId": f"BE{ssin(place)}", "Client-Cert": f":{CERTIFICATE}:"}

        async def ask(*certificate: Pair) -> int:
            context = ssl.create_default_context(cadata=server.cert)
            for one in certificate:
                context.load_cert_chain(*files(one, tmp_path))
            async with (
                aiohttp.ClientSession() as session,
                session.get(question, headers=brought, ssl=context) as reply,
            ):
                await reply.read()
                return reply.status

        assert await ask(pair("portal")) == 200
        assert (
            await ask(stranger) == 403
        )  # the proxy knows it, the hub does not; what it says of itself is taken out
        with pytest.raises(aiohttp.ClientError):
            await ask()
        with pytest.raises(aiohttp.ClientError):
            await ask(pair("nobody"))


async def test_where_no_portal_is_declared_nobody_answers_them(house: House) -> None:
    headers = {"Client-Cert": f":{CERTIFICATE}:", "X-Road-UserId": "BE00000000097"}
    reply = await house.call("GET", f"{PREFIX}/v2/heartbeat", headers=headers)
    assert (reply.status, reply.problem) == (404, "resourceNotFound")
