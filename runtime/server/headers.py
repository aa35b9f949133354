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


#: for what a sandboxed frame loads: its origin is none, and so another than ours. Only for files that are nobody's
ANY_ORIGIN = (b"cross-origin-resource-policy", b"cross-origin")


def page_policy(nonce: str, frames: bool = False) -> tuple[bytes, bytes]:
    """The policy of a page: our own scripts and the one with this nonce; the author's own styles; no other host.

    frames: the page may hold frames of this server. Only those that `frame_policy` allows will load.
    """
    return (
        b"content-security-policy",
        (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
            + ("; frame-src 'self'" if frames else "")
        ).encode(),
    )


def frame_policy(nonce: str) -> tuple[bytes, bytes]:
    """The policy of a frame that draws a figure with a library of the author's: an origin of its own, so that nothing
    of the page, its cookies or the server's answers is within reach; the scripts with this nonce, and what they make
    of text (`eval`: Bokeh's and Vega's expressions, Plotly's WebGL); no address at all to load from or to send to."""
    return (
        b"content-security-policy",
        (
            f"sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'nonce-{nonce}' 'unsafe-eval'; "
            "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob:; "
            "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
        ).encode(),
    )
