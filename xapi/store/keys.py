"""The keys that statements are found by: 128-bit hashes of what a filter names.

128 bits, because two names with one key would show one person's statements under another's: at a thousand
million names the chance of any such pair is below 1e-20, and nobody can make one on purpose.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from xapi.model.facets import Facets

VERB = "v"
AGENT = "a"
RELATED_AGENT = "A"
ACTIVITY = "o"
RELATED_ACTIVITY = "O"
REGISTRATION = "r"
AUTHORITY = "u"


@lru_cache(maxsize=131072)
def key_of(kind: str, name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()


def keys_of(facets: Facets, authority: str) -> list[bytes]:
    """Every key of a statement.

    Related agents and activities have keys of their own kind: a query for them joins two ranges, and a query
    without them is not slowed down by an agent that is everybody's authority. An agent that vouches alone for
    a statement has no second key as related agent: see `related_agent_keys`.
    """
    keys = [key_of(VERB, facets.verb), key_of(AUTHORITY, authority)]
    keys += [key_of(AGENT, name) for name in facets.agents]
    keys += [key_of(RELATED_AGENT, name) for name in facets.related_agents if name != authority]
    keys += [key_of(ACTIVITY, name) for name in facets.activities]
    keys += [key_of(RELATED_ACTIVITY, name) for name in facets.related_activities]
    if facets.registration:
        keys.append(key_of(REGISTRATION, facets.registration))
    return keys


def related_agent_keys(name: str) -> tuple[bytes, ...]:
    """Under which keys a statement has this agent anywhere (xAPI Part 3 2.1.3, related_agents)."""
    return key_of(AGENT, name), key_of(RELATED_AGENT, name), key_of(AUTHORITY, name)
