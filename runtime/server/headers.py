"""Security headers, as bytes that are ready to send."""

from __future__ import annotations

Headers = list[tuple[bytes, bytes]]

COMMON: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]

#: for answers that are no page: nothing in them may run, wherever they are opened
INERT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
#: for files of visitors: as INERT, in an origin of its own; a picture or film opened by itself still shows
SANDBOX = (
    b"content-security-policy",
    b"sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'",
)
NO_STORE = (b"cache-control", b"no-store")


def page_policy(nonce: str) -> tuple[bytes, bytes]:
    """The policy of a page: our own scripts and the one with this nonce; the author's own styles; no other host."""
    return (
        b"content-security-policy",
        (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        ).encode(),
    )
