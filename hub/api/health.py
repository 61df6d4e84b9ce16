"""`GET /health`, as the Belgif guide has it: no internals shown."""

from fastapi import APIRouter, Request, Response

from hub.api.guards import NoQuery, Open, parts_of
from hub.api.json import answer

router = APIRouter()


@router.get("/health", include_in_schema=False, dependencies=[Open, NoQuery])
async def health(request: Request) -> Response:
    """`UP` and `DEGRADED` are 200, `DOWN` is 503."""
    status = await parts_of(request).health()
    return answer({"status": status}, 503 if status == "DOWN" else 200)
