"""Where documents lie, as S3 has them: no token, errors in XML, addresses that end."""

from __future__ import annotations

import gzip
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from mercer.plugins.amazon.simulator.shop import Document


def answered(document: Document | None, request: Request, body: bytes, now: datetime) -> Response:
    """The content type is part of the signature."""
    until = request.query_params.get("X-Amz-Expires", "")
    if document is None or not until.isdecimal():
        return _refused("NoSuchKey")
    if now.timestamp() > int(until):
        return _refused("AccessDenied")
    if request.method == "PUT":
        given = request.headers.get("content-type")
        if given != document.content_type or "x-amz-access-token" in request.headers:
            return _refused("SignatureDoesNotMatch")
        document.text = body.decode("utf-8", "replace")
        return Response(b"", 200)
    content = (document.text or "").encode(document.charset, "replace")
    packed = gzip.compress(content, mtime=0) if document.packed else content
    return Response(packed, 200, {"content-type": document.content_type})


def _refused(code: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(text.encode(), 403, media_type="application/xml")
