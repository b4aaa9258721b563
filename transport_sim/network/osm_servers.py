"""Talk to Overpass and Nominatim through osmnx: bounded waiting, clear errors, and osmnx's settings left as they were.

osmnx's public functions hand over graphs or feature tables, without the relations that hold turn restrictions. So
queries go through the function that those are built on, `osmnx._overpass._overpass_request`, which sends any query
with osmnx's settings (server, user agent, proxies and whatever else stands in `requests_kwargs`). By itself osmnx waits
55 seconds after each 429 and 504 as often as they come; a response hook, which `requests_kwargs` provides for, sees
such an answer first and decides here.
"""

import json
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from shapely.geometry.base import BaseGeometry

from transport_sim.errors import NetworkError
from transport_sim.network.overpass import answer_problem

ATTEMPTS: Final = 5
"""How often one query is sent at most. [-]"""
FIRST_PAUSE_S: Final = 5.0
"""Pause before the second attempt unless the server names another; it doubles from one attempt to the next. [s]"""
LONGEST_PAUSE_S: Final = 300.0
"""A server that asks for more patience than this ends the fetch. [s]"""
CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 240.0
"""Longest silence of a server that has been reached; Overpass itself gives up after 180 s. [s]"""
BUSY: Final = frozenset({429, 502, 503, 504})


class _TryAgainError(Exception):
    """A failure that may pass: why, and how long the server wants to be left alone."""

    def __init__(self, reason: str, pause_s: float | None = None) -> None:
        super().__init__(reason)
        self.pause_s = pause_s


class Servers:
    """Asks both servers; use it as `with Servers.session(...) as servers`."""

    def __init__(self, osmnx: Any, overpass_url: str, nominatim_url: str, sleep: Callable[[float], None]) -> None:  # noqa: ANN401
        self._osmnx, self._sleep = osmnx, sleep
        self.overpass_url, self.nominatim_url = overpass_url, nominatim_url
        self._body = b""
        self._answered = False

    @classmethod
    @contextmanager
    def session(
        cls, overpass_url: str, nominatim_url: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> Iterator["Servers"]:
        """Set osmnx up for these servers, and put its settings and Python's name resolution back afterwards."""
        import osmnx  # noqa: PLC0415 - takes seconds, and a fetch from the cache needs none of it

        servers = cls(osmnx, overpass_url, nominatim_url, sleep)
        settings = {
            "overpass_url": overpass_url,
            "nominatim_url": nominatim_url,
            "overpass_rate_limit": False,
            "doh_url_template": None,
            "use_cache": False,
            "requests_timeout": (CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            "requests_kwargs": {**osmnx.settings.requests_kwargs, "hooks": {"response": servers._inspect}},
            "http_user_agent": f"transport-sim/{version('transport-sim')} through OSMnx/{osmnx.__version__}",
        }
        kept = {name: getattr(osmnx.settings, name) for name in settings}
        resolve = socket.getaddrinfo
        try:
            for name, value in settings.items():
                setattr(osmnx.settings, name, value)
            yield servers
        finally:
            socket.getaddrinfo = resolve  # osmnx replaces it to stay with one address of a server
            for name, value in kept.items():
                setattr(osmnx.settings, name, value)

    def overpass(self, query: str) -> tuple[bytes, dict[str, Any]]:
        """Send a query.

        Returns
        -------
        The body as it came, and what it says.

        Raises
        ------
        NetworkError
            If the server cannot be reached, refuses the query, or gives no whole answer in `ATTEMPTS` attempts.
        """
        from osmnx._overpass import _overpass_request  # noqa: PLC0415

        def ask() -> dict[str, Any]:
            answer: dict[str, Any] = _overpass_request(OrderedDict(data=query))
            problem = answer_problem(answer)
            if problem:
                raise _TryAgainError(problem)
            return answer

        answer = self._patiently(ask, self.overpass_url, "--overpass-url")
        return self._body, answer

    def place(self, name: str) -> tuple[BaseGeometry, str]:
        """Return the outline of a place and its full name.

        Raises
        ------
        NetworkError
            If the server knows no such place, or none with an outline, and as for `overpass`.
        """

        def ask() -> Any:  # noqa: ANN401 - osmnx's GeoDataFrame, or None
            try:
                return self._osmnx.geocode_to_gdf(name)
            except (ValueError, TypeError, KeyError) as error:
                found = _json(self._body)
                if found == []:
                    raise NetworkError(f"no place {name!r} is known to {self.nominatim_url}") from None
                if isinstance(error, TypeError):
                    raise NetworkError(
                        f"{self.nominatim_url} knows {name!r}, but no outline of it; give --bbox or --polygon"
                    ) from None
                raise

        row = self._patiently(ask, self.nominatim_url, "--nominatim-url").iloc[0]
        return row.geometry, str(row.get("display_name", name))

    def _patiently(self, ask: Callable[[], Any], url: str, option: str) -> Any:  # noqa: ANN401
        """Ask until there is a whole answer, at most `ATTEMPTS` times."""
        reason = ""
        for attempt in range(ATTEMPTS):
            try:
                answer = ask()
            except _TryAgainError as error:
                reason = str(error)
                wanted_s = error.pause_s
            except (requests.ConnectionError, requests.exceptions.InvalidURL, UnicodeError) as error:
                if not self._answered:
                    raise NetworkError(
                        f"{url}: cannot be reached ({_cause(error)}); check the address and the connection, "
                        f"or name another server with {option}"
                    ) from None
                reason, wanted_s = f"the connection broke ({_cause(error)})", None
            except requests.RequestException as error:
                reason, wanted_s = f"the answer broke off ({_cause(error)})", None
            except (ValueError, KeyError, TypeError, RecursionError):
                reason, wanted_s = f"the answer is not the JSON that was asked for ({_start(self._body)})", None
            else:
                return answer
            if attempt + 1 < ATTEMPTS:
                self._sleep(FIRST_PAUSE_S * 2**attempt if wanted_s is None else wanted_s)
        raise NetworkError(f"{url}: no whole answer in {ATTEMPTS} attempts; the last time {reason}")

    def _inspect(self, response: requests.Response, **_: object) -> None:
        """Look at an answer before osmnx does; refuse what is none."""
        self._answered = True
        self._body = b""
        if response.is_redirect:
            return
        self._body = response.content
        if response.status_code in BUSY:
            wanted_s = _retry_after_s(response.headers.get("Retry-After"))
            if wanted_s is not None and wanted_s > LONGEST_PAUSE_S:
                raise NetworkError(
                    f"{response.url}: the server is busy ({response.status_code}) and wants to be left alone "
                    f"for {wanted_s:.0f} s; try again later"
                )
            raise _TryAgainError(f"the server was busy ({response.status_code} {response.reason})", wanted_s)
        if response.status_code != requests.codes.ok:
            raise NetworkError(
                f"{response.url}: the server refused ({response.status_code} {response.reason}): {_start(self._body)}"
            )


def checked_url(url: str, option: str) -> str:
    """Return an address without a slash at its end; raise `NetworkError` if it isn't one."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise NetworkError(f"{option}: {url!r} is no address such as https://overpass-api.de/api")
    return url.rstrip("/")


def _retry_after_s(text: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, a number or a date; `None` if it says nothing."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _start(body: bytes) -> str:
    """Return the beginning of a body on one line."""
    text = " ".join(body[:2000].decode("utf-8", errors="replace").split())
    return (text[:200] + " ...") if len(text) > 200 else text or "it is empty"


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a chain of errors, which is the one that the user can act on."""
    while error.__context__ is not None:
        error = error.__context__
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
