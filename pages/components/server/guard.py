"""The request guard: the app answers only requests that name it as Host, and only pages of its own as Origin.

Any page in the user's browser can send requests to 127.0.0.1, and a name that an attacker controls can be pointed at 127.0.0.1 (DNS
rebinding), which makes the attacker's page and this app one origin to the browser. Both leave a foreign name in Host or Origin.
The guard wraps the whole ASGI application, so it is in force before the first request: pages, static files, uploads and the WebSocket.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

from pages.components.server.hosts import Address, is_own_host, is_own_origin

MARK = b"x-lraln-guarded"  # added to every request that was let through, so a script can see that its session was checked


class RequestGuard:
    """ASGI middleware: 403 for foreign Host or Origin headers, security headers on every answer."""

    def __init__(self, app: ASGIApp, allowed: tuple[Address, ...] = ()) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self.refusal(scope)
        if refused is None:
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != MARK] + [(MARK, b"1")]
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refused})  # before it is accepted: the answer is 403
        else:
            await _refuse(refused, _with_headers(send))

    def refusal(self, scope: Scope) -> str | None:
        """Why a request is not answered, None for one that is."""
        port = (scope.get("server") or (None, None))[1]
        if port is None:
            return "The port of the app is not known."
        hosts, origins = ([value.decode("latin-1") for key, value in scope["headers"] if key == name] for name in (b"host", b"origin"))
        scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        if len(hosts) != 1 or not is_own_host(hosts[0], scheme, port, self.allowed):
            return f"This app does not answer under that name. Open {scheme}://127.0.0.1:{port}, or start it with --allow-host NAME."
        if len(origins) > 1 or not all(is_own_origin(origin, port, self.allowed) for origin in origins):
            return "This app answers only requests from its own pages."
        if scope["type"] == "websocket" and not origins:
            return "A WebSocket request must name its origin, as every browser does."
        return None


def middleware(allowed: tuple[Address, ...]) -> list[Middleware]:
    """The guard for `streamlit.App(..., middleware=...)`."""
    return [Middleware(RequestGuard, allowed=allowed)]


def is_missing() -> bool:
    """Whether this session reached a script on a real server without passing the guard: then nothing may be shown."""
    served = runtime.exists() and type(runtime.get_instance()) is runtime.Runtime  # a test has a stand-in, and no server
    return served and MARK.decode() not in {name.lower() for name in st.context.headers}


def _with_headers(send: Send) -> Send:
    """A send that puts the security headers in front of each answer."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = _security_headers()
            names = {name for name, _ in headers}
            message["headers"] = [(name, value) for name, value in message.get("headers", []) if name.lower() not in names] + headers
        await send(message)

    return guarded


async def _refuse(reason: str, send: Send) -> None:
    body = reason.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@cache
def _security_headers() -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", content_policy().encode()),
        (b"x-frame-options", b"DENY"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]


def content_policy() -> str:
    """The strictest policy under which Streamlit's front end works: everything from this server, no script in the page but its own.

    Styles are written into the page by the front end, so inline styles stay allowed; images and fonts may be data in the page.
    """
    scripts = " ".join(f"'sha256-{digest}'" for digest in _inline_scripts())
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _inline_scripts() -> list[str]:
    """Hashes of the scripts inside Streamlit's one HTML page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    bodies = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies]
