"""Which of the encodings that sellers' spreadsheets write a file is in, found from its bytes."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from mercer.core.errors import InputError

_CHUNK: Final = 1 << 20
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON_SHARE: Final = 0.8
"""Of the characters of a GB18030 file, how many are of its everyday part, GB2312.

Files in other encodings often decode as GB18030 too, but into rare characters: `é` before a letter,
Big5 and Shift-JIS all do. Such a file is refused, not guessed.
"""


class Undecodable(InputError):
    """`line` is the first, counted from 1, that is not UTF-8."""

    def __init__(self, line: int) -> None:
        super().__init__(
            "wrong encoding: the file is neither UTF-8 nor GB18030 (GBK) nor UTF-16",
            hint="save it as UTF-8: in Excel, Save As, `CSV UTF-8 (comma delimited)`",
        )
        self.line = line


def encoding_of(path: Path) -> str:
    """The Python name of an encoding that the whole file decodes in, without its mark.

    Raise `Undecodable` where there is none.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    candidates = [marked or _unmarked_utf16(head) or "utf-8"]
    if candidates == ["utf-8"]:
        candidates.append("gb18030")
    for name in candidates:
        if _decodes(path, name):
            return name
    raise Undecodable(_first_foreign_line(path))


def _unmarked_utf16(head: bytes) -> str | None:
    """In UTF-16 every other byte of a header in Latin letters is zero; in text no byte ever is."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) * 8 < len(head):
        return None
    return "utf-16-be" if first > second else "utf-16-le"


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    wide = common = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                text = decoder.decode(chunk)
                if name == "gb18030" and not text.isascii():
                    outside = [char for char in text if not char.isascii()]
                    wide += len(outside)
                    common += len("".join(outside).encode("gb2312", "ignore")) // 2
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return common >= wide * _COMMON_SHARE


def _first_foreign_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_CHUNK), b""), 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1
