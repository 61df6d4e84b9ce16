"""A route on the path of each prefill: declared as any other of FastAPI's, and served with less between the bytes and the service.

FastAPI looks at every parameter of every dependency on each request, and makes Python objects of the JSON before the model sees it. Here
the guards are called, the model reads the bytes, the endpoint is called: a fifth of what the hub's own code takes for a prefill was saved.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

_KINDS: Final = {"model_type": "model_attributes_type"}
"""What pydantic calls otherwise where it reads bytes instead of objects."""


class DirectRoute(APIRoute):
    """A route whose endpoint takes a JSON body, guards that take the request alone, and the request."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Make the route as FastAPI does, and serve it without the two exit stacks of which no guard makes use."""
        super().__init__(path, endpoint, **options)
        self.app = _served(self.get_route_handler())

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The guards in their order, then the body, then the endpoint."""
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint
        guards = [(one.name, one.call) for one in self.dependant.dependencies]
        (body,) = self.dependant.body_params
        model: type[BaseModel] = body.field_info.annotation  # type: ignore[assignment]
        asked = str(self.dependant.request_param_name)

        async def handle(request: Request) -> Response:
            values: dict[str, Any] = {asked: request}
            for name, guard in guards:
                found = await guard(request)  # type: ignore[misc]  # every guard is a coroutine function
                if name is not None:
                    values[name] = found
            values[body.name] = _read(model, await request.body())
            return await endpoint(**values)

        return handle


def _served(handle: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """A handler as an application. What it raises, the application around it makes a problem of."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def _read(model: type[BaseModel], body: bytes) -> BaseModel:
    """A body as its model. Raises what FastAPI raises where it does not fit."""
    if not body:
        raise RequestValidationError(
            [{"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}]
        )
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = [
            {**one, "type": _KINDS.get(one["type"], one["type"]), "loc": ("body", *one["loc"])}
            for one in error.errors(include_input=False, include_context=False, include_url=False)
        ]
        raise RequestValidationError(found) from None
