"""A proxy that ends mutual TLS before a hub, and hands the client's certificate on as RFC 9440 has it: what an operator sets up for portals."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from yarl import URL

from tests.support.certificates import Pair

_BROUGHT = re.compile(rb"\r\nclient-cert:[^\r]*", re.IGNORECASE)


@asynccontextmanager
async def tls_proxy(hub: str, server: Pair, *clients: Pair, folder: Path) -> AsyncIterator[str]:
    """The address of a proxy before a hub, which takes connections of those clients alone. One request each."""
    target = URL(hub)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            own = b"\r\nClient-Cert: :" + base64.b64encode(der) + b":\r\nConnection: close\r\n\r\n"
            back, forth = await asyncio.open_connection(target.host, target.port)
            forth.write(_BROUGHT.sub(b"", head).removesuffix(b"\r\n\r\n") + own)
            writer.write(await back.read())
            forth.close()
            await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata="".join(one.cert for one in clients))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*files(server, folder))
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def files(pair: Pair, folder: Path) -> tuple[Path, Path]:
    """A certificate and its key as files, as `ssl` wants them."""
    name = f"{pair.certificate.serial_number:x}"
    certificate, key = folder / f"{name}.cert", folder / f"{name}.key"
    certificate.write_text(pair.cert)
    key.write_text(pair.key)
    return certificate, key
