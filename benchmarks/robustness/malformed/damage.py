"""How good inputs are damaged, and the values that break what reads addresses, names and configurations."""

from __future__ import annotations

import json
import random
from typing import Any

BREAKERS = [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n" * 50, b"\t" * 30, "\u202e\u200b\u2028".encode(), b"\xed\xa0\x80",
            b"A" * 70_000, b"../../../../tmp/evil", b"-" * 20 + b"9" * 400, b"1e999", b"NaN", b'"', b"{" * 300, b"[" * 3000, b"%s%n",
            b"'; DROP TABLE runs; --", b"<script>alert(1)</script>", b"O\tB-", b"0-0 " * 2000, b"\\u0000", b"\\ud800", b"null", b"true",
            b"9" * 5000, b"cos\nsystem\n(S'touch evil'\ntR."]  # fmt: skip
HOSTILE = [
    "", " ", "-1", "0", "9" * 20, "9" * 5000, "1e999", "nan", "NaN", "inf", "-inf", "1.5", "0x10", "١٢", "true", "None", "null", "[]",
    "{}", "x" * 20_000, "no-such-id", "run-one/../run-two", "../../../../etc/passwd", "/etc/passwd", "..", ".", "C:\\windows\\win.ini",
    "file:///etc/passwd", "~root", "__proto__", "{{7*7}}", "\x00", "run-one\x00.zip", "%00", "%2e%2e%2f", "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "'; DROP TABLE runs; --", "' OR '1'='1", "$run", "(((((a+)+)+)+)+$", "[",
    "*" * 50, "\\", "\u202e\u2066abc", "\ud800", "\ufffd\uffff", "e\u0301" * 500, "🙂" * 300, "line\nbreak\r\n", "\t", "a,b,c",
    "1,2,3,4,5", "-0.5,2", "nan,nan", "${jndi:ldap://x}", "%s%s%n", "pages/../app", "run-one&run=run-two",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308, float("nan"), float("inf"), float("-inf"), "",
    " ", "x", "\x00", "a\x00b", "\ud800", "x" * 5000, "x/" * 3000, "../" * 20 + "etc/passwd", "/dev/zero", "/proc/self/mem", ".", "/",
    "~", "NaN", "9" * 5000, "cuda:99", "__import__('os').system('touch evil')", "bert", "auto", [], [[]], ["x"], [1, "x", None], {},
    {"x": 1}, {"": {"": {}}}, {"code": "mk"}, {"trust_remote_code": True}, "1-" + "9" * 5000, "٣-٤", "²-³", "0-0", "5-1", "mk", "en",
    "xx", "MK", "mk\n",
]  # fmt: skip


def damage(good: bytes, rng: random.Random) -> bytes:
    """One to four damages: bytes flipped, cut, taken out, repeated, replaced by what breaks parsers, or random bytes put in."""
    raw = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(raw) + 1)
        end = min(len(raw), at + rng.choice((1, 4, 50, 2000)))
        kind = rng.randrange(7)
        if kind == 0 and raw:
            for _ in range(rng.choice((1, 3, 30))):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        elif kind == 1:
            del raw[at:]
        elif kind == 2:
            del raw[at:end]
        elif kind == 3:
            raw[at:at] = raw[at:end] * rng.choice((1, 2, 20))
        elif kind == 4:
            raw[at:at] = rng.choice(BREAKERS)
        elif kind == 5:
            raw[at:end] = rng.choice(BREAKERS)
        else:
            raw[at:at] = rng.randbytes(rng.choice((1, 8, 300)))
    return bytes(raw)


def change_value(value: Any, rng: random.Random, *, depth: int = 0) -> Any:
    """A copy of a JSON value in which one place holds something else, is gone, or stands under another name."""
    if rng.random() < 0.15 * depth or not isinstance(value, (dict, list)) or not value:
        return rng.choice(VALUES)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        return [*value[:at], *([] if rng.random() < 0.1 else [change_value(value[at], rng, depth=depth + 1)]), *value[at + 1 :]]
    key = rng.choice(list(value))
    kind = rng.random()
    rest = {name: one for name, one in value.items() if name != key}
    if kind < 0.1:
        return rest
    if kind < 0.2:
        return rest | {rng.choice(["", "x", "__class__", "auto_map", "\ud800", key.upper(), key * 300]): value[key]}
    return value | {key: change_value(value[key], rng, depth=depth + 1)}


def as_lines(values: list[Any]) -> bytes:
    """One JSON value a line."""
    return b"".join(json.dumps(value).encode("utf-8", "surrogatepass") + b"\n" for value in values)
