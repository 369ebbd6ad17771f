"""The search index of a register: made once, kept on disk beside a run or register.

Organisations are found by name in either language and by code; persons are not in it: whoever
searches for a name must not learn whom a pseudonym stands for.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.compiled import user_cache
from trustgraph.errors import NEEDS_DASHBOARD, UsageError
from trustgraph.register import Register
from trustgraph.search.errors_in import fewest_errors
from trustgraph.search.fold import (
    CODE_STEP,
    LONGEST_PREFIX,
    core,
    fold,
    fold_all,
    index_tokens,
    query_tokens,
)
from trustgraph.storage import whole_folder

__all__ = ["Hit", "SearchIndex", "index_folder", "open_index"]

INDEX_FORMAT: Final = 3
MANIFEST: Final = "search.json"
_BLOCK: Final = 1 << 16
_CANDIDATES: Final = 100
_LONG_CODE: Final = 12
"""Characters of a code that is known again although one of them is wrong."""
_LONG_WORD: Final = 4
"""Letters of a word that is known again although one of them is wrong: shorter ones are many."""
_ENOUGH_ALIKE: Final = 0.5
_COST: Final = 1.5
"""What an error takes, as so many of the characters: a name that is half wrong is another one."""
_NEARLY: Final = 0.7
"""Likeness of what is the same but for a letter or two."""
_COLUMNS: Final = ("id", "kind", "name", "name_en", "uscc", "lei")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity that may have been meant: its number, and how alike it is (1: exactly).

    ``similar``: what was asked for stands neither in its names nor in its codes.
    """

    number: int
    likeness: float
    similar: bool = False


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An open index."""

    index: Any
    schema: Any

    def find(self, text: str, limit: int) -> list[Hit]:
        """The organisations that text may mean, the likeliest first."""
        folded = fold(text[:300])
        if not folded:
            return []
        found: dict[int, Hit] = {}
        for hit in self._by_code(folded, limit):
            found.setdefault(hit.number, hit)
        words = query_tokens(folded)
        for relaxed in (False, True):
            if len(found) >= limit:
                break
            for hit in self._by_name(folded, words, relaxed=relaxed):
                found.setdefault(hit.number, hit)
        order = sorted(found.values(), key=lambda hit: (hit.similar, -hit.likeness, hit.number))
        return order[:limit]

    def _by_code(self, folded: str, limit: int) -> list[Hit]:
        code = folded.replace(" ", "")
        if not 4 <= len(code) <= 40 or not code.isascii():
            return []
        whole = self._search(self._term("code", code), limit)
        begins = code[: len(code) // CODE_STEP * CODE_STEP]
        more = self._search(self._term("code", f"{begins}*"), limit)
        hits = [Hit(doc["number"][0], 1.0) for doc in whole]
        hits += [
            Hit(doc["number"][0], 0.9)
            for doc in more
            if any(one.startswith(code) for one in _stored(doc, "codes"))
        ]
        return hits or self._by_mistyped_code(code, limit)

    def _by_mistyped_code(self, code: str, limit: int) -> list[Hit]:
        """Who has a code that differs in one character, or in two that changed places."""
        from tantivy import Query  # noqa: PLC0415  # an optional part

        if len(code) < _LONG_CODE:
            return []
        near = self._search(Query.fuzzy_term_query(self.schema, "code", code, 1), limit)
        return [
            Hit(doc["number"][0], 0.9, similar=True)
            for doc in near
            if any(len(one) >= _LONG_CODE for one in _stored(doc, "codes"))
        ]

    def _by_name(self, folded: str, tokens: list[str], *, relaxed: bool) -> Iterator[Hit]:
        from tantivy import Occur, Query  # noqa: PLC0415  # an optional part

        if not tokens:
            return
        parts = [(Occur.Must, self._term("name", token)) for token in tokens]
        if relaxed:
            parts = []
            single = (character for token in tokens if not token.isascii() for character in token)
            for token in dict.fromkeys([*tokens, *single]):
                parts.append((Occur.Should, self._term("name", token)))
                word = token.removesuffix("*")
                if not word.isascii() or len(word) < _LONG_WORD:
                    continue
                near = [word]
                if token != word:  # a beginning that lacks a letter is shorter by one
                    near += [token, f"{word[: LONGEST_PREFIX - 1]}*"]
                for one in dict.fromkeys(near):
                    query = Query.fuzzy_term_query(self.schema, "name", one, 1)
                    parts.append((Occur.Should, query))
        for doc in self._search(Query.boolean_query(parts), _CANDIDATES):
            names = _stored(doc, "names")
            asked = [folded, core(folded)]
            likeness = max(_likeness(asked[1], core(name)) for name in names)
            similar = relaxed and not any(one and one in name for one in asked for name in names)
            whole = max(_likeness(folded, name) for name in names)
            # Where more than a letter differs, a legal form in common says nothing.
            if not similar or whole >= _NEARLY:
                likeness = max(likeness, whole)
            if not relaxed or likeness >= _ENOUGH_ALIKE:
                yield Hit(doc["number"][0], min(likeness, 0.98), similar=similar)

    def _term(self, field: str, token: str) -> Any:
        from tantivy import Query  # noqa: PLC0415  # an optional part

        return Query.term_query(self.schema, field, token, index_option="basic")

    def _search(self, query: Any, limit: int) -> list[Any]:
        searcher = self.index.searcher()
        return [searcher.doc(place) for _, place in searcher.search(query, limit).hits]


def _stored(doc: Any, field: str) -> list[str]:
    return bytes(doc[field][0]).decode().split("\n")


def _likeness(asked: str, name: str) -> float:
    """How alike a folded name is to what was asked: whole, begun with, in it, else by letters."""
    if asked == name:
        return 1.0
    share = len(asked) / max(len(name), 1)
    if name.startswith(asked):
        return 0.8 + 0.15 * share
    if asked in name:
        return 0.7 + 0.15 * share
    kept = max(0.0, 1 - _COST * fewest_errors(asked, name) / len(asked))
    common = len({*asked} & {*name}) / len({*asked})
    return 0.8 * kept + 0.03 * common + 0.02 * min(share, 1.0)


def open_index(
    register: Register, folder: Path, *, progress: Progress | None = None
) -> SearchIndex:
    """Open the index in a folder, made first where there is none or it is another register's.

    Raises UsageError where the optional parts are missing.
    """
    try:
        import tantivy  # noqa: PLC0415  # an optional part
    except ImportError as error:
        raise UsageError(
            f"search needs what is not installed: {error.name}",
            hint=NEEDS_DASHBOARD,
        ) from error
    about = {"format": INDEX_FORMAT, "register": register.digest}
    with _ONE_AT_A_TIME:
        if _about(folder) != about:
            _make(register, folder, about, progress or (lambda _done, _of: None))
        try:
            index = tantivy.Index.open(str(folder))
        except ValueError:
            # Another process put its own in this place between two files that were opened.
            index = tantivy.Index.open(str(folder))
    _register_tokenizer(index)
    index.reload()
    return SearchIndex(index, index.schema)


_ONE_AT_A_TIME: Final = threading.Lock()
"""Threads that all want an index begin with one that makes it."""


class _MadeByAnotherError(Exception):
    """Another process has made the index meanwhile: its readers shall keep it."""


def index_folder(register: Register, beside: Path | None) -> Path:
    """Where the index of a register is kept: beside what is served, else in the user's cache."""
    if beside is not None and os.access(beside, os.W_OK):
        place = beside / "search"
        if not place.exists() or (place / MANIFEST).is_file():
            return place
        # Somebody else's folder of that name stays as it is.
    place = user_cache() / f"search-{register.digest[:16]}"
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="trustgraph-search-"), "search")
    return place


def _about(folder: Path) -> Any:
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _schema() -> Any:
    from tantivy import SchemaBuilder  # noqa: PLC0415  # an optional part

    builder = SchemaBuilder()
    builder.add_unsigned_field("number", stored=True, indexed=False)
    builder.add_text_field("name", tokenizer_name="tokens", index_option="freq")
    builder.add_text_field("code", tokenizer_name="tokens", index_option="basic")
    # What hits are compared by, a line each; found by nobody.
    builder.add_bytes_field("names", stored=True, indexed=False)
    builder.add_bytes_field("codes", stored=True, indexed=False)
    return builder.build()


def _register_tokenizer(index: Any) -> None:
    from tantivy import TextAnalyzerBuilder, Tokenizer  # noqa: PLC0415  # an optional part

    index.register_tokenizer("tokens", TextAnalyzerBuilder(Tokenizer.whitespace()).build())


def _make(register: Register, folder: Path, about: Any, progress: Progress) -> None:
    try:
        _write(register, folder, about, progress)
    except _MadeByAnotherError:
        pass
    except (UsageError, OSError):
        # Of several processes that began at once, one comes first.
        if _about(folder) != about:
            raise


def _write(register: Register, folder: Path, about: Any, progress: Progress) -> None:
    import tantivy  # noqa: PLC0415  # an optional part

    with whole_folder(folder, overwrite=True, manifest=MANIFEST) as beside:
        index = tantivy.Index(_schema(), path=str(beside))
        _register_tokenizer(index)
        writer = index.writer(heap_size=256_000_000, num_threads=2)
        progress(0, len(register))
        for first in range(0, len(register), _BLOCK):
            last = min(first + _BLOCK, len(register))
            rows = register.entities.slice(first, last - first, list(_COLUMNS))
            for document in _documents(first, rows):
                writer.add_document(document)
            progress(last, len(register))
        writer.commit()
        writer.wait_merging_threads()
        (beside / MANIFEST).write_text(json.dumps(about), encoding="utf-8")
        if _about(folder) == about:
            raise _MadeByAnotherError


def _documents(first: int, rows: pl.DataFrame) -> Iterator[Any]:
    from tantivy import Document  # noqa: PLC0415  # an optional part

    columns = {name: rows[name].to_list() for name in rows.columns}
    nothing = [None] * rows.height
    given = [columns.get(name, nothing) for name in ("name", "name_en")]
    folded = [fold_all(["" if text is None else str(text) for text in texts]) for texts in given]
    coded = [columns.get(name, nothing) for name in ("id", "uscc", "lei")]
    for place, kind in enumerate(columns["kind"]):
        if kind == "person":
            continue
        names = [texts[place] for texts in folded if texts[place]]
        codes = {
            code[place].casefold().replace("\n", " ") for code in coded if code[place] is not None
        }
        document = Document()
        document.add_unsigned("number", first + place)
        document.add_text("name", " ".join(set().union(*map(index_tokens, names))))
        document.add_text("code", " ".join([one for code in codes for one in _beginnings(code)]))
        document.add_bytes("names", "\n".join(names).encode())
        document.add_bytes("codes", "\n".join(codes).encode())
        yield document


def _beginnings(code: str) -> list[str]:
    plain = code.replace(" ", "")
    return [plain, *[plain[:size] + "*" for size in range(4, len(plain) + 1, CODE_STEP)]]
