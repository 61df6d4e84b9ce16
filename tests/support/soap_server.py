"""A SOAP server on a socket: it takes what is valid by the contract's schema, and answers what it is told to."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from lxml import etree


@dataclass
class SoapServer:
    """`answer` makes an envelope of a request's payload. A request that is not valid by `schema` gets a Fault that says why."""

    schema: etree.XMLSchema
    answer: Callable[[etree._Element], etree._Element]
    url: str = ""
    requests: list[web.Request] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        body = etree.fromstring(await request.read())[-1]
        payload = etree.fromstring(etree.tostring(body[0]))
        if len(body) == 1 and self.schema.validate(payload):
            return self._response(
                etree.tostring(self.answer(payload), encoding="UTF-8", xml_declaration=True)
            )
        return self._response(self._fault(str(self.schema.error_log)), 500)

    @staticmethod
    def _response(body: bytes, status: int = 200) -> web.Response:
        return web.Response(body=body, status=status, content_type="text/xml", charset="utf-8")

    @staticmethod
    def _fault(why: str) -> bytes:
        space = "http://schemas.xmlsoap.org/soap/envelope/"
        root = etree.Element(f"{{{space}}}Envelope")
        fault = etree.SubElement(etree.SubElement(root, f"{{{space}}}Body"), f"{{{space}}}Fault")
        etree.SubElement(fault, "faultcode").text = "Client"
        etree.SubElement(fault, "faultstring").text = why
        return etree.tostring(root)


@asynccontextmanager
async def serving(
    schema: etree.XMLSchema, answer: Callable[[etree._Element], etree._Element]
) -> AsyncIterator[SoapServer]:
    """A server on a free port of this machine."""
    server = SoapServer(schema, answer)
    app = web.Application()
    app.router.add_post("/", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield server
    await runner.cleanup()
