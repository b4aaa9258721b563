"""Every error that this package raises on purpose; each takes one message, written for the user."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_KNOWN = 40
"""Words that a message lists; a map has thousands of places."""


class TransportSimError(Exception):
    """Any problem that the user can act on; the command line prints it without a traceback."""


class ScenarioError(TransportSimError):
    """A scenario file is wrong; the message lists every problem with its file and line."""


class PolicyError(TransportSimError):
    """A policy cannot act on these inputs, or its class cannot be registered."""


class PolicyConflictError(PolicyError):
    """Two policies of one package write the same cell; the message names both."""


class NetworkError(TransportSimError):
    """A network cannot be read, built or routed."""


class FactorError(TransportSimError):
    """A factor is missing, overlapping, outside its validity or without a source."""


class DataError(TransportSimError):
    """A table has bad rows; the message names them ("first 5 of 132")."""


class SitingError(TransportSimError):
    """A siting model cannot be set up from what it was given; the message names the places."""


class AuditError(TransportSimError):
    """A balance does not hold, so the results of the run cannot be trusted."""


class OutputError(TransportSimError):
    """Results cannot be written or read back."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Continue a message about an unknown word with its nearest neighbour, else with known words.

    Parameters
    ----------
    word
        What the user wrote.
    known
        What would have been right.

    Returns
    -------
    Text that starts with "; ", or nothing if no word is known.
    """
    words = sorted({name for name in known if name})
    near = get_close_matches(word, words, n=1) if len(word) < 100 else []
    if near:
        return f"; did you mean {near[0]!r}?"
    more = f" and {len(words) - MOST_KNOWN} more" if len(words) > MOST_KNOWN else ""
    return f"; known: {', '.join(words[:MOST_KNOWN])}{more}" if words else ""
