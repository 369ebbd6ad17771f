"""Counter-based chance: every draw is a pure function of seed, stream and index.

A sequential generator would tie what company 900,001 looks like to how many draws were made
before it, and so to the size of a block. Here a draw is a bijective 64-bit mix of the index
(the finaliser of SplitMix64: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number
generators") under a multiplier and an offset of the stream's own. Any block, in any order, on
any number of threads sees the same register, and a link may look at its other end, wherever
that lies, by arithmetic alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Bool", "Chance", "Float64", "Int64", "UInt64", "mix"]

Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]

_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_UNIT: Final = 2.0**-53


def mix(values: UInt64) -> UInt64:
    """Scramble 64-bit numbers one to one (SplitMix64's finaliser): distinct stay distinct."""
    mixed = values ^ (values >> np.uint64(30))
    mixed *= _FIRST
    mixed ^= mixed >> np.uint64(27)
    mixed *= _SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed


@dataclass(frozen=True, slots=True)
class Chance:
    """The draws of one seed. Streams are named; one name, one meaning.

    >>> import numpy as np
    >>> chance = Chance(seed=1)
    >>> whole = chance.uniform("coin", np.arange(10))
    >>> bool((whole[7:] == chance.uniform("coin", np.arange(7, 10))).all())
    True
    """

    seed: int

    def key(self, stream: str) -> int:
        """A 64-bit number of the stream's own, for keys and offsets."""
        return int.from_bytes(self._digest(stream)[8:], "big")

    def bits(self, stream: str, index: Int64) -> UInt64:
        """64 random bits for each index; distinct indices give distinct bits."""
        digest = self._digest(stream)
        factor = np.uint64(int.from_bytes(digest[:8], "big") | 1)  # odd, hence one to one
        offset = np.uint64(int.from_bytes(digest[8:], "big"))
        return mix(index.astype(np.uint64) * factor + offset)

    def uniform(self, stream: str, index: Int64) -> Float64:
        """A number in [0, 1) for each index."""
        return (self.bits(stream, index) >> np.uint64(11)).astype(np.float64) * _UNIT

    def hits(self, stream: str, index: Int64, probability: float | Float64) -> Bool:
        """Whether an event of this probability happens, for each index."""
        happened: Bool = self.uniform(stream, index) < probability
        return happened

    def below(self, stream: str, index: Int64, bound: int | Int64) -> Int64:
        """A whole number in [0, bound) for each index."""
        return (self.uniform(stream, index) * bound).astype(np.int64)

    def pick(self, stream: str, index: Int64, weights: Float64) -> Int64:
        """A place in ``weights`` for each index, in proportion to them."""
        edges = np.cumsum(weights)
        drawn = self.uniform(stream, index) * edges[-1]
        places: Int64 = np.searchsorted(edges, drawn, side="right")
        return np.minimum(places, len(weights) - 1)

    def _digest(self, stream: str) -> bytes:
        text = f"{self.seed}/{stream}".encode()
        return hashlib.blake2b(text, digest_size=16).digest()
