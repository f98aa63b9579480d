"""What a workbook's zip says of itself, bounded before anything is unpacked."""

from __future__ import annotations

import struct
from typing import IO, Final
from zipfile import ZipFile

from mercer.core.errors import InputError

LARGEST_UNPACKED: Final = 400 * 1024 * 1024
"""Bytes of all parts of a workbook together: a zip bomb says more."""

SAVE_AGAIN: Final = "save it again as `Excel workbook (.xlsx)` or `CSV UTF-8`"

_MOST_ENTRIES: Final = 1 << 20
"""Bytes of the list of parts: Excel writes a few thousand."""

_END: Final = b"PK\x05\x06"


def bounded_archive(file: IO[bytes]) -> ZipFile:
    """Raise `InputError` for one beyond bounds, `BadZipFile` for what is none.

    Reading it never gives more than it says that it holds.
    """
    _refuse_crowded(file)
    archive = ZipFile(file)
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise InputError(
            f"the workbook unpacks to {unpacked:,} bytes; {LARGEST_UNPACKED:,} is the most",
            hint="split it up, or save it as `CSV UTF-8`",
        )
    return archive


def _refuse_crowded(file: IO[bytes]) -> None:
    """`ZipFile` reads the whole list of parts at once, however long it is."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 42))
    tail = file.read()
    at = tail.rfind(_END)
    listed = struct.unpack_from("<I", tail, at + 12)[0] if 0 <= at <= len(tail) - 22 else 0
    if listed > _MOST_ENTRIES or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise InputError("this is no workbook that Excel wrote", hint=SAVE_AGAIN)
