"""The baseline of `benchmarks/prefill.py`: ask three sources at once, and answer. No tokens, no rules, no consent, no log.

Clients, session and contracts are made once; zeep builds the requests and reads the replies. Arguments: port, three addresses.
"""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Annotated, Any

import aiohttp
import uvicorn
from fastapi import Body, FastAPI
from zeep import Client
from zeep.wsdl.utils import etree_to_string

from hub.demo.catalogues import DEMO_CATALOGUE

PORT, REGISTER, TAX, STATUS = sys.argv[1:]
session: aiohttp.ClientSession


class Soap:
    def __init__(self, contract: str, operation: str, url: str) -> None:
        self.client, self.operation, self.url = Client(str(DEMO_CATALOGUE / contract)), operation, url  # type: ignore[no-untyped-call]
        self.binding = self.client.service._binding  # noqa: SLF001 - zeep's only door for a session of one's own

    async def ask(self, **arguments: Any) -> Any:
        envelope, headers = self.binding._create(self.operation, (), arguments, client=self.client)  # noqa: SLF001
        request = etree_to_string(envelope)  # type: ignore[no-untyped-call]
        async with session.post(self.url, data=request, headers=headers) as response:
            body, head = await response.read(), response.headers
        reply = SimpleNamespace(status_code=response.status, content=body, headers=head)
        return self.binding.process_reply(self.client, self.binding.get(self.operation), reply)


async def ask_json(url: str, **question: str) -> Any:
    async with session.post(url, json=question) as response:
        return await response.json()


@asynccontextmanager
async def running(_: FastAPI) -> AsyncIterator[None]:
    global session
    async with aiohttp.ClientSession() as session:
        yield


app = FastAPI(lifespan=running)
register = Soap("contracts/national-register.wsdl", "GetPerson", f"{REGISTER}/national-register")
taxes = Soap("contracts/tax-administration.wsdl", "GetAssessment", f"{TAX}/tax-administration")


@app.post("/prefill")
async def prefill(ssin: Annotated[str, Body(embed=True)]) -> dict[str, Any]:
    call, now, why = str(uuid.uuid4()), datetime.now(UTC), "study-grant-decision"
    context = {"MessageId": call, "Timestamp": now, "Purpose": why, "LegalBasis": "6(1)(e)", "CaseId": call}
    person, assessed, social = await asyncio.gather(
        register.ask(Context=context, NationalNumber=ssin),
        taxes.ask(RequestId=call, Purpose=why, CaseId=call, Taxpayer=ssin, IncomeYear=str(now.year - 1)),
        ask_json(f"{STATUS}/v1/statuses/get", requestId=call, purpose=why, caseId=call, ssin=ssin),
    )
    who, tax, said = person.Person, assessed.Assessment, social["result"]["statuses"]
    home = {n[0].lower() + n[1:]: value for n in dir(who.Residence) if (value := who.Residence[n])}
    income = (tax.JointlyTaxableIncome, tax.HouseholdTaxableIncome, tax.IncomeYear) if tax else (None,) * 3
    return {
        "lastName": " ".join(who.Name.LastName), "firstNames": who.Name.FirstName, "birthDate": who.Birth.Date,
        "citizenship": who.Nationality, "householdSize": who.Household.Size, "address": home, "income": income[0],
        "householdIncome": income[1], "incomeYear": income[2], "dependants": tax.Dependants if tax else None,
        "increasedReimbursement": said["increasedReimbursement"], "integrationIncome": said["integrationIncome"],
    }  # fmt: skip


if __name__ == "__main__":
    uvicorn.run(app, port=int(PORT), access_log=False, log_level="warning")
