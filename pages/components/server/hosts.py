"""Host and Origin headers, and which of them belong to this app."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_ADDRESS = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<address>.*)", re.IGNORECASE | re.ASCII)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """A host name in lower case, and the port where one is given."""

    name: str
    port: int | None


def address(text: str) -> Address | None:
    """`localhost:8501` as an address; None for anything else, a user name or a path in it included."""
    match = _ADDRESS.fullmatch(text)
    if not match:
        return None
    port = match["port"] and int(match["port"])
    return Address(match["name"].lower(), port or None) if port != 0 else None


def is_own_host(text: str, scheme: str, port: int, allowed: Iterable[Address] = ()) -> bool:
    """Whether a Host header names this app: a loopback name with the port of the app, or a name that was allowed.

    An allowed name without a port stands for the port of the app and, as behind a proxy, for no port in the header.
    """
    given = address(text)
    if given is None:
        return False
    if given.name in LOOPBACK and (given.port or DEFAULT_PORTS[scheme]) == port:
        return True
    return any(
        given.name == name and (given.port in (None, port) if only is None else (given.port or DEFAULT_PORTS[scheme]) == only)
        for name, only in allowed
    )


def is_own_origin(text: str, port: int, allowed: Iterable[Address] = ()) -> bool:
    """Whether an Origin header is a page of this app. `null`, which sandboxed pages send, is not."""
    match = _ORIGIN.fullmatch(text)
    return bool(match) and is_own_host(match["address"], match["scheme"].lower(), port, allowed)
