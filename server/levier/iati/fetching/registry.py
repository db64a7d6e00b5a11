"""The IATI registry: which datasets there are, who publishes them, and at which addresses.

Two APIs are spoken, told apart by the address. The IATI Dashboard's (`…/api`) is where IATI says to read since the
registry was rebuilt in December 2025: datasets/{name}/, reporting-orgs/{name}/, pages of both. CKAN's action API
(`…/api/action`, `…/api/3/action`) is that of the registry before; a read-only part of it is still served.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from multiprocessing.pool import ThreadPool
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

from levier.errors import BadInput
from levier.iati import bundled
from levier.iati.fetching.address import is_address, shown
from levier.iati.fetching.retries import Retries
from levier.iati.fetching.transport import Transport, Unanswered

_ACTION: Final = re.compile(r"/api(/\d)?/action$")
_PAGE: Final = 1000
_BODY: Final = 100_000_000
"""Bytes that one answer of the registry may have; all its datasets are a tenth of that."""
_GONE: Final = frozenset({403, 404, 410})
"""What CKAN answers for a name it does not have, or does not show."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: one IATI file that somebody publishes."""

    name: str
    """Its short name, unique in the registry: `be-dgd-2021_1`."""
    publisher: str
    """The publisher's short name: `be-dgd`."""
    addresses: tuple[str, ...]
    """Where it is, in the order to try them."""


class Registry(Protocol):
    """What a registry is asked. Every method raises BadInput where it does not answer as a registry does."""

    def dataset(self, name: str) -> Dataset | None:
        """Give the dataset of that name, None where there is none."""

    def published_by(self, publisher: str) -> list[Dataset] | None:
        """Give all datasets of a publisher, by name; None where there is no such publisher."""

    def near_dataset(self, name: str) -> list[str]:
        """Give up to three names of datasets that look like this one, the nearest first."""

    def near_publisher(self, name: str) -> list[str]:
        """Give up to three names of publishers that look like this one, the nearest first."""


def registry(address: str, transport: Transport, retries: Retries) -> Registry:
    """Give the registry at that address, of the kind that the address says."""
    if not is_address(address):
        raise BadInput(f"{address}: the registry's address is to be an http(s) address.")
    api = _Api(address.rstrip("/"), transport, retries)
    return _Ckan(api) if _ACTION.search(api.base) else _Dashboard(api)


def looked_up(source: Registry, names: Iterable[str], at_once: int) -> Iterator[tuple[str, Dataset | None]]:
    """Give each name with its dataset, in the order of the names, asking for some at once."""
    with ThreadPool(at_once) as pool:
        yield from pool.imap(lambda name: (name, source.dataset(name)), names)


def belgian_datasets() -> list[Dataset]:
    """Give the datasets of Belgian publishers that `data/registry/belgian-datasets.tsv` lists, by name."""
    rows = bundled.table("registry", "belgian-datasets.tsv")
    return [Dataset(row["dataset"], row["publisher"], (row["address"],)) for row in rows]


def with_fallback(found: Dataset | None, listed: Dataset) -> Dataset:
    """Give the dataset as the registry knows it, the listed address after its own; else the listed one."""
    if found is None:
        return listed
    return replace(found, addresses=tuple(dict.fromkeys(found.addresses + listed.addresses)))


@dataclass(frozen=True, slots=True)
class _Api:
    """Asks for JSON below one address."""

    base: str
    transport: Transport
    retries: Retries

    def get(self, path: str, **parameters: str | int) -> Any | None:  # noqa: ANN401  # JSON
        """Give the JSON at a path, None where there is nothing (404, 403, 410)."""
        address = f"{self.base}/{path}" + (f"?{urlencode(parameters)}" if parameters else "")
        try:
            return json.loads(self.retries.of(lambda: self._body(address)))
        except Unanswered as error:
            if error.status in _GONE:
                return None
            raise BadInput(f"{shown(address)}: the registry cannot be asked ({error.reason}).") from None
        except ValueError:
            raise self.strange(path) from None

    def _body(self, address: str) -> bytes:
        body = bytearray()
        with self.transport.asked(address, {"Accept": "application/json"}) as answer:
            if not answer.successful:
                raise answer.refusal()
            for chunk in answer.chunks():
                body += chunk
                if len(body) > _BODY:
                    raise Unanswered(f"more than {_BODY:,} bytes", passing=False)
        return bytes(body)

    def strange(self, path: str) -> BadInput:
        """Give the error for an answer that is not a registry's."""
        return BadInput(
            f"{shown(self.base)}/{path}: the answer is not that of an IATI registry.",
            hint="LEVIER_REGISTRY or --registry says which registry is asked.",
        )


class _Dashboard:
    """The API of the IATI Dashboard."""

    def __init__(self, api: _Api) -> None:
        self._api = api

    def dataset(self, name: str) -> Dataset | None:
        path = f"datasets/{quote(name, safe='')}/"
        found = self._api.get(path)
        return None if found is None else self._read(found, path)

    def published_by(self, publisher: str) -> list[Dataset] | None:
        if self._api.get(f"reporting-orgs/{quote(publisher, safe='')}/") is None:
            return None
        rows = self._pages("datasets/", reporting_org__short_name=publisher)
        found = [self._read(row, "datasets/") for row in rows]
        # A filter that the service does not know is passed over by it: then it gives all.
        return sorted((one for one in found if one.publisher == publisher), key=lambda one: one.name)

    def near_dataset(self, name: str) -> list[str]:
        return _near(name, self._datasets)

    def near_publisher(self, name: str) -> list[str]:
        return _near(name, self._publishers)

    @cached_property
    def _datasets(self) -> list[str]:
        return [str(row.get("short_name")) for row in self._pages("datasets/")]

    @cached_property
    def _publishers(self) -> list[str]:
        return [str(row.get("short_name")) for row in self._pages("reporting-orgs/")]

    def _pages(self, path: str, **parameters: str | int) -> Iterator[dict[str, Any]]:
        number, taken = 1, 0
        while True:
            page = self._api.get(path, **parameters, page=number, page_size=_PAGE)
            if page is None:  # a page after the last
                return
            try:
                rows, count = page["results"], int(page["count"])
            except (KeyError, TypeError, ValueError):
                raise self._api.strange(path) from None
            yield from rows
            number, taken = number + 1, taken + len(rows)
            if not rows or taken >= count:
                return

    def _read(self, row: Any, path: str) -> Dataset:  # noqa: ANN401  # JSON
        try:
            address = row["source_url"]
            return Dataset(str(row["short_name"]), str(row["reporting_org_short_name"]), (address,) if address else ())
        except (KeyError, TypeError):
            raise self._api.strange(path) from None


class _Ckan:
    """CKAN's action API, version 3."""

    def __init__(self, api: _Api) -> None:
        self._api = api

    def dataset(self, name: str) -> Dataset | None:
        # Looked for in the list first: the read-only service answers 500 for a name that it does not have.
        if name not in self._datasets:
            return None
        package = self._result("package_show", id=name)
        return None if package is None else self._read(package)

    def published_by(self, publisher: str) -> list[Dataset] | None:
        if publisher not in self._publishers:
            return None
        found: list[Dataset] = []
        while True:
            page = self._result("package_search", fq=f"organization:{publisher}", rows=_PAGE, start=len(found))
            try:
                packages, count = page["results"], int(page["count"])
            except (KeyError, TypeError, ValueError):
                raise self._api.strange("package_search") from None
            found += [self._read(package) for package in packages]
            if not packages or len(found) >= count:
                return sorted(found, key=lambda one: one.name)

    def near_dataset(self, name: str) -> list[str]:
        return _near(name, self._datasets)

    def near_publisher(self, name: str) -> list[str]:
        return _near(name, self._publishers)

    @cached_property
    def _datasets(self) -> frozenset[str]:
        return self._names("package_list")

    @cached_property
    def _publishers(self) -> frozenset[str]:
        return self._names("organization_list")

    def _names(self, action: str) -> frozenset[str]:
        names = self._result(action)
        if not isinstance(names, list):
            raise self._api.strange(action)
        return frozenset(str(name) for name in names)

    def _result(self, action: str, **parameters: str | int) -> Any:  # noqa: ANN401  # JSON
        answer = self._api.get(action, **parameters)
        if answer is None:
            return None
        if not isinstance(answer, dict) or answer.get("success") is not True:
            raise self._api.strange(action)
        return answer.get("result")

    def _read(self, package: Any) -> Dataset:  # noqa: ANN401  # JSON
        try:
            publisher = (package["organization"] or {}).get("name") or "no-publisher"
            addresses = [resource["url"] for resource in package["resources"] if resource.get("url")]
            # In IATI one file is one dataset; where a package has more resources, only the first is the file.
            return Dataset(str(package["name"]), str(publisher), tuple(addresses[:1]))
        except (KeyError, TypeError, AttributeError):
            raise self._api.strange("package_show") from None


def _near(name: str, names: Iterable[str]) -> list[str]:
    return get_close_matches(name.lower(), sorted(names), n=3)
