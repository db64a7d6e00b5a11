"""Where an IRI leads on a page: to this server for what is ours, outwards for what is on the web, else nowhere."""

from urllib.parse import quote

from levier.terms import BASE, IATI, ID, LEVIER, SHAPES

_PLACES = ((ID, "/id/"), (LEVIER, "/ontology#"), (IATI, "/ontology#iati-"), (SHAPES, "/shapes#"))
_SAFE = "/:@!$&'()*+,;=%-._~"
"""What stands unescaped in the path of an address; `%` since the keys of things are escaped already."""


def path_of(iri: str, root: str) -> str:
    """Give the path of an IRI that begins with `ID`, in a service whose own path is `root`."""
    return f"{root}/id/{quote(iri.removeprefix(ID), safe=_SAFE)}"


def href(iri: str, root: str) -> str:
    """Give the address that an IRI leads to; empty where it is neither ours nor http(s), such as `javascript:`."""
    for space, place in _PLACES:
        if iri.startswith(space):
            return f"{root}{place}{quote(iri.removeprefix(space), safe=_SAFE)}"
    return iri if iri.startswith(("http://", "https://")) and not iri.startswith(BASE) else ""
