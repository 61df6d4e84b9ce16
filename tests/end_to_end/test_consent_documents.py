"""What a citizen takes home of a consent: each document over the wire, checked with the keys that the hub publishes."""

import pytest

from consent import verify_document, verify_event, verify_receipt
from tests.end_to_end.house import House

CONSENTS = "/api/citizen/v1/consents"


@pytest.mark.asyncio(loop_scope="session")
async def test_every_document_of_a_consent_verifies_with_the_published_keys(small: House) -> None:
    place = small.fresh()
    given = await small.consent(place)
    one, token = f"{CONSENTS}/{given['consentId']}", await small.login(place)
    keys = (await small.call("GET", "/oauth2/jwks")).json

    read = (await small.call("GET", one, token=token)).json
    assert (read["status"], read["notice"]["noticeHash"]) == ("given", given["noticeHash"])
    history = (await small.call("GET", f"{one}/history", token=token)).json
    assert [verify_event(item["signed"], keys)["status"] for item in history["items"]] == ["given"]
    record = await small.call("GET", f"{one}/record", token=token)
    assert dict(record.headers)["content-type"] == "application/ld+json"
    said = verify_document(record.json, keys)
    assert said["dpv:hasDataController"]["dpv:hasIdentifier"] == "0000100166"
    receipt = await small.call("GET", f"{one}/receipt", token=token)
    assert verify_receipt(receipt.body.decode(), keys)["dct:identifier"] == given["consentId"]
    linked = await small.call("GET", f"{one}/receipt", token=token, headers={"Accept": "application/ld+json"})
    assert verify_document(linked.json, keys)["@type"] == "dpv:ConsentReceipt"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_of_a_receipt_is_in_the_language_that_is_asked_for(small: House) -> None:
    place = small.fresh()
    given = await small.consent(place)
    one, token = f"{CONSENTS}/{given['consentId']}/receipt", await small.login(place)
    html = {"Accept": "text/html,*/*;q=0.8"}
    for query, header, language in (
        ("?lang=de", "nl", "de"),
        ("", "nl;q=0.9", "nl"),
        ("", None, given["language"]),
    ):
        headers = html if header is None else {**html, "Accept-Language": header}
        page = await small.call("GET", f"{one}{query}", token=token, headers=headers)
        told = dict(page.headers)
        assert (page.status, told["content-language"]) == (200, language)
        assert f'<html lang="{language}">'.encode() in page.body
        assert "default-src 'none'" in told["content-security-policy"]
        assert told["cache-control"] == "no-store"


@pytest.mark.asyncio(loop_scope="session")
async def test_several_purposes_at_once_are_refused_with_the_reason(small: House) -> None:
    token = await small.login(small.fresh())
    bundle = {
        "activityId": ["sports-discount", "adapted-transport"],
        "language": "fr",
        "noticeHash": "0" * 64,
    }
    refused = await small.call("POST", CONSENTS, token=token, body=bundle)
    (issue,) = refused.json["issues"]
    assert (refused.status, issue["name"]) == (400, "activityId")
    assert "one purpose" in issue["detail"]
    law = {"activityId": "study-grant-decision", "language": "fr", "noticeHash": "0" * 64}
    assert (await small.call("POST", CONSENTS, token=token, body=law)).status == 404
