"""Identifiers of organisations: check characters of the USCC and the LEI.

USCC: 统一社会信用代码, GB 32100-2015 with amendment 1 of 2016. LEI: ISO 17442, with the check
digits of ISO 7064 MOD 97-10. Both are checked here rather than by a library because the
best-known one refuses valid codes of the departments A, N and Y.
"""

from __future__ import annotations

from typing import Final

__all__ = ["lei_is_valid", "uscc_check_character", "uscc_division", "uscc_is_valid"]

USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a USCC: no I, O, S, V, Z."""

_USCC_VALUES: Final = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))


def uscc_check_character(body: str) -> str | None:
    """The 18th character that belongs to the first 17, or None if those are not usable.

    Weights 3^(i-1) mod 31; the outer mod matters: a sum divisible by 31 gives ``0``.

    >>> uscc_check_character("91350100M000100Y4")
    '3'
    """
    if len(body) != 17:
        return None
    total = 0
    for character, weight in zip(body, _USCC_WEIGHTS, strict=True):
        value = _USCC_VALUES.get(character)
        if value is None:
            return None
        total += value * weight
    return USCC_ALPHABET[-total % 31]


def uscc_is_valid(code: str) -> bool:
    """Whether a code has 18 allowed characters and the right check character.

    >>> uscc_is_valid("91110000600037341L"), uscc_is_valid("91110000600037342L")
    (True, False)
    """
    return len(code) == 18 and uscc_check_character(code[:17]) == code[17]


def uscc_division(code: str) -> str | None:
    """The administrative division (GB/T 2260, six digits) of the registering office, if any."""
    division = code[2:8]
    return division if len(code) == 18 and division.isascii() and division.isdigit() else None


def lei_is_valid(code: str) -> bool:
    """Whether a code is 18 letters or digits followed by the right two check digits.

    >>> lei_is_valid("5493001KJTIIGC8Y1R12"), lei_is_valid("5493001KJTIIGC8Y1R13")
    (True, False)
    """
    if len(code) != 20 or not code.isascii() or not code.isalnum() or not code[18:].isdigit():
        return False
    if code != code.upper():
        return False
    return int("".join(str(int(character, 36)) for character in code)) % 97 == 1
