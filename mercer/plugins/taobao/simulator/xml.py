"""The envelope as XML, which is what a caller gets who does not ask for JSON."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET


def rendered(document: dict[str, Any]) -> bytes:
    ((name, body),) = document.items()
    root = ET.Element(name)
    _filled(root, body)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _filled(parent: ET.Element, value: object) -> None:
    match value:
        case dict():
            for name, inner in value.items():
                if isinstance(inner, list):
                    parent.set("list", "true")
                    for each in inner:
                        _filled(ET.SubElement(parent, name), each)
                else:
                    _filled(ET.SubElement(parent, name), inner)
        case bool():
            parent.text = "true" if value else "false"
        case _:
            parent.text = str(value)
