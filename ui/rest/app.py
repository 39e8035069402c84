"""The REST application: routes behind the policy's rules, behind the gate. Asks nothing of any other host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from agent.assistant import Assistant
from agent.records.access_keys import AccessKeys
from recsys.clock import now
from ui.callers import Callers, Clock
from ui.limits import Limits, Quota
from ui.rest.description import describe
from ui.rest.gate import Gate
from ui.rest.models import Health
from ui.rest.problems import DOCUMENTED, MEDIA_TYPE, install
from ui.rest.routes import router
from ui.rest.rules import PUBLIC, authorise
from ui.rest.running import run
from ui.rest.surface import Surface


def build_api(assistant: Assistant, limits: Limits | None = None, clock: Clock = now) -> FastAPI:
    """Return the application over an assistant.

    Args:
        limits: What one key may ask; None for the usual.
        clock: Tells the time, for the keys' expiry.
    """
    quota = Quota(limits or Limits())
    surface = Surface(assistant, quota)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        surface.close()

    app = FastAPI(
        title="Clienteller",
        version="1",
        description="Suggestions, reasons and conversations of one boutique. Send 'Authorization: Bearer KEY'.",
        openapi_url=None,  # served below, under a rule like everything else
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(authorise)],
        responses=DOCUMENTED,
        lifespan=life,
        redirect_slashes=False,
    )
    app.state.surface = surface
    install(app)
    app.include_router(router)
    _describe_itself(app)
    app.add_middleware(Gate, callers=Callers(AccessKeys(assistant.shop.boutique), clock), quota=quota, public=PUBLIC)
    return app


def _describe_itself(app: FastAPI) -> None:
    @cache
    def told() -> dict[str, object]:
        return document(app)  # made once: anybody may ask for it, and it takes a while to make

    @app.get("/healthz", summary="Say that the server answers", tags=["public"])
    def healthz() -> Health:
        return Health()

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> JSONResponse:
        return JSONResponse(told())

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(describe(told()))


def document(app: FastAPI) -> dict[str, object]:
    """Return the OpenAPI document: every operation but the public ones needs a key."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    made.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"key": []}]
    for path, operations in made["paths"].items():
        for operation in operations.values():
            if path in PUBLIC:
                operation["security"] = []
            for status, answer in operation["responses"].items():
                if status >= "400":
                    answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
    return made


def serve(assistant: Assistant, host: str, port: int) -> None:
    """Serve until interrupted."""
    run(build_api(assistant), host, port)
