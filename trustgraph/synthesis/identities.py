"""Ids that follow from an index alone, so that a link can name its far end without a look-up.

Inside the generator an entity is a *reference*: a whole number ``sort << 40 | index``. Its id is

- for organisations under Chinese law a unified social credit code (GB 32100-2015) whose
  organisation code (GB 11714) is ``W`` and seven characters: an affine, hence one-to-one, image
  of sort and index. ``W`` opens no series that the makers of this package know to be in use, so
  that an invented record does not fall on a real company;
- for companies abroad a legal entity identifier (ISO 17442) of the unassigned prefix ``9999``;
- for persons and consortia a letter and 16 hexadecimal digits: a one-to-one mix under the seed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.identifiers import USCC_ALPHABET
from trustgraph.synthesis.chance import Chance, Int64, mix

__all__ = [
    "BODY",
    "BRANCH",
    "COMPANY",
    "CONSORTIUM",
    "PERSON",
    "index_of",
    "lei_from",
    "lei_ids",
    "mixed_ids",
    "reference",
    "sort_of",
    "text_of",
    "uscc_from",
    "uscc_ids",
]

Bytes = npt.NDArray[np.uint8]

COMPANY: Final = 0
BRANCH: Final = 1
BODY: Final = 2
PERSON: Final = 4
CONSORTIUM: Final = 5

_SORT_BITS: Final = 40
_USCC: Final = np.frombuffer(USCC_ALPHABET.encode(), dtype=np.uint8)
_HEX: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_BASE36: Final = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
_USCC_PLACES: Final = 31**7
_LEI_PLACES: Final = 36**8
_FACTOR: Final = 520_384_271  # shares no factor with 31 or 36, so multiplying keeps codes apart
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))

_VALUE_31: Final = np.zeros(128, dtype=np.int64)
_VALUE_31[_USCC] = np.arange(31)
_VALUE_36: Final = np.zeros(128, dtype=np.int64)
_VALUE_36[_BASE36] = np.arange(36)


def reference(sort: int, index: Int64) -> Int64:
    """References of one sort of entity."""
    return index + (sort << _SORT_BITS)


def sort_of(references: Int64) -> Int64:
    """The sort of each reference: ``COMPANY``, ``BRANCH``, ``BODY``, ``PERSON``, ``CONSORTIUM``."""
    return references >> _SORT_BITS


def index_of(references: Int64) -> Int64:
    """The index of each reference within its sort."""
    return references & ((1 << _SORT_BITS) - 1)


def text_of(rows: Bytes) -> pl.Series:
    """Rows of ASCII bytes, all of one width, as a column of text."""
    if not len(rows):
        return pl.Series(dtype=pl.String)
    return (
        pl.Series(np.ascontiguousarray(rows))
        .cast(pl.List(pl.UInt8))
        .cast(pl.Binary)
        .cast(pl.String)
    )


def uscc_from(prefixes: Bytes, organisations: Bytes) -> Bytes:
    """Whole codes (n, 18) from department, type and division (n, 8) and organisation (n, 8).

    Adds the organisation code's check digit (weights 3 7 9 10 5 8 4 2, ``11 - sum mod 11``,
    10 is ``X``, 11 is ``0``) and the check character of GB 32100-2015.
    """
    codes = np.empty((len(prefixes), 18), dtype=np.uint8)
    codes[:, :8] = prefixes
    codes[:, 8:16] = organisations
    total = np.zeros(len(codes), dtype=np.int64)
    for place, weight in enumerate(_ORGANISATION_WEIGHTS):
        total += _VALUE_36[organisations[:, place]] * weight
    codes[:, 16] = np.frombuffer(b"0123456789X0", dtype=np.uint8)[11 - total % 11]
    total[:] = 0
    for place, weight in enumerate(_USCC_WEIGHTS):
        total += _VALUE_31[codes[:, place]] * weight
    codes[:, 17] = _USCC[-total % 31]
    return codes


def uscc_ids(chance: Chance, number: Int64, prefixes: Bytes) -> Bytes:
    """Unified social credit codes (n, 18) for numbered organisations.

    ``prefixes`` (n, 8) holds department, type and administrative division. Numbers below 31^7
    (2^34.7) that differ give organisation codes that differ, whatever the prefixes.
    """
    offset = chance.key("uscc") % _USCC_PLACES
    code = (number * _FACTOR + offset) % _USCC_PLACES
    organisations = np.empty((len(number), 8), dtype=np.uint8)
    organisations[:, 0] = ord("W")
    organisations[:, 1:] = _digits(code, _USCC, 7)
    return uscc_from(prefixes, organisations)


def lei_from(bodies: Bytes) -> Bytes:
    """Whole codes (n, 20) from the first 18 characters (n, 18), by ISO 7064 MOD 97-10."""
    codes = np.empty((len(bodies), 20), dtype=np.uint8)
    codes[:, :18] = bodies
    codes[:, 18:] = ord("0")
    remainder = np.zeros(len(codes), dtype=np.int64)
    for place in range(20):
        value = _VALUE_36[codes[:, place]]
        remainder = (remainder * np.where(value > 9, 100, 10) + value) % 97
    codes[:, 18:] = _digits(98 - remainder, _BASE36, 2, base=10)
    return codes


def lei_ids(chance: Chance, index: Int64) -> Bytes:
    """Legal entity identifiers (n, 20); distinct indices, distinct codes."""
    bodies = np.empty((len(index), 18), dtype=np.uint8)
    bodies[:, :6] = np.frombuffer(b"999900", dtype=np.uint8)
    salt = (chance.bits("lei", index) % np.uint64(36**4)).astype(np.int64)
    bodies[:, 6:10] = _digits(salt, _BASE36, 4)
    number = (index * _FACTOR + chance.key("lei") % _LEI_PLACES) % _LEI_PLACES
    bodies[:, 10:] = _digits(number, _BASE36, 8)
    return lei_from(bodies)


def mixed_ids(chance: Chance, letter: str, index: Int64) -> Bytes:
    """Ids (n, 17) of a letter and 16 hexadecimal digits; distinct indices, distinct ids."""
    mixed = mix(index.astype(np.uint64) + np.uint64(chance.key(f"id {letter}")))
    ids = np.empty((len(index), 17), dtype=np.uint8)
    ids[:, 0] = ord(letter)
    pairs = mixed.byteswap().view(np.uint8).reshape(-1, 8)
    ids[:, 1::2] = _HEX[pairs >> 4]
    ids[:, 2::2] = _HEX[pairs & 15]
    return ids


def _digits(number: Int64, alphabet: Bytes, width: int, *, base: int = 0) -> Bytes:
    base = base or len(alphabet)
    digits = np.empty((len(number), width), dtype=np.uint8)
    rest = number
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, base)
        digits[:, place] = alphabet[digit]
    return digits
