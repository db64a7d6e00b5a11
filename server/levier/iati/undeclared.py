"""Names whose namespace prefix the file does not declare get one: the parser gives them as `prefix:name`, no namespace.

That is no place of a graph, and no name that can be written again. One namespace of ours stands for each such prefix.
"""

import re
from typing import Final
from urllib.parse import quote

from lxml import etree

from levier.iati.repair import Log
from levier.terms import ID

NAMESPACE: Final = f"{ID}undeclared-prefix/"
"""Followed by the prefix."""
_STARTS_A_NAME: Final = re.compile(r"[^\W\d]")


def declare(element: etree._Element, log: Log) -> None:
    """Give the element and all in it that has an undeclared prefix the namespace for it, in place."""
    for one in element.iter(etree.Element):
        if _lacks_namespace(str(one.tag)):
            one.tag = _named(str(one.tag), one.sourceline or 0, log)
        declare_attributes(one, log)


def declare_attributes(element: etree._Element, log: Log) -> None:
    """Do the same for the attributes of one element, in place."""
    for name in [str(name) for name in element.attrib if _lacks_namespace(str(name))]:
        element.set(_named(name, element.sourceline or 0, log), element.attrib.pop(name))


def _lacks_namespace(name: str) -> bool:
    return ":" in name and not name.startswith("{")


def _named(name: str, line: int, log: Log) -> str:
    prefix, _, local = name.partition(":")
    namespace = NAMESPACE + quote(prefix, safe="")
    message = f"the prefix {prefix}: is not declared; {namespace} stands for its namespace."
    log.add("undeclared-prefix", message, lambda: line)
    local = local.replace(":", "_")
    return f"{{{namespace}}}{local if _STARTS_A_NAME.match(local) else '_' + local}"
