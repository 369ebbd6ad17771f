"""The bytes of a text file: which encoding, and its text in blocks of whole lines.

A file is UTF-8 or GB18030 (which includes GBK and GB2312), or says what it is by a byte order
mark. Bytes that the encoding does not know come out as lone surrogates, one each, so that the
row they stand in can be rejected and the rest read.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final, NamedTuple

from trustgraph.errors import InputError
from trustgraph.reading.encodings import likelier_than_gb18030

__all__ = ["Block", "blocks", "blocks_in", "decoded", "detect_encoding", "reading_errors"]


class Block(NamedTuple):
    """Text of whole lines without the last line's end.

    ``cut``: it is one line of which the rest is skipped; ``ended``: a line end stood behind it.
    """

    text: str
    cut: bool
    ended: bool


LINE_LIMIT: Final = 2_000_000
"""Characters of one line that are kept; of a longer line the rest is skipped."""

_CHUNK: Final = 1 << 21
_SAMPLE: Final = 1 << 16
_MARK: Final = "trustgraph.mark"
_OF_WORKBOOKS: Final = frozenset({"xl/workbook.xml", "xl/workbook.bin", "content.xml"})
"""What the archive of an .xlsx, of an .xlsb and of an .ods holds."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _mark(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding == "gb18030" and error.object[error.start] == 0x80:
        return "€", error.start + 1  # where Windows has it in its cp936
    return "\udc80" * (error.end - error.start), error.end


codecs.register_error(_MARK, _mark)


@contextmanager
def reading_errors(path: Path, name: str) -> Iterator[None]:
    """Turn what the operating system or the decompressor says into an InputError in words."""
    try:
        yield
    except FileNotFoundError:
        raise InputError("there is no such file", where=path) from None
    except IsADirectoryError:
        raise InputError("this is a folder, not a file", where=path) from None
    except PermissionError:
        raise InputError("the file may not be read: permission denied", where=path) from None
    except EOFError:
        raise InputError(
            f"the compressed file {name} is cut off before its end",
            where=path,
            hint="Copy or download it again; nothing of it was used.",
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise InputError(
            f"the file {name} is damaged, or not compressed with gzip as its name says",
            where=path,
            hint="Copy or download it again; if it is plain text, take .gz off its name.",
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}", where=path
        ) from None


@contextmanager
def _opened(path: Path, name: str) -> Iterator[BinaryIO]:
    with reading_errors(path, name), path.open("rb") as plain:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield io.BufferedReader(unpacked, _CHUNK)
        else:
            yield plain


def detect_encoding(path: Path, *, name: str) -> str:
    """The encoding of a file by its byte order mark, else by decoding all of it.

    UTF-8 if all of it is, or if characters of several bytes are mostly right (a file cut inside a
    character is still UTF-8); else GB18030 if all of it is; else whichever fails at fewer bytes.
    Raises InputError if the file is empty, cannot be read, or is no text in either.
    """
    with _opened(path, name) as stream:
        head = stream.read(4)
        if not head:
            raise InputError("the file is empty (0 bytes)", where=path)
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                return encoding
        if head[:2] == b"\x1f\x8b":
            raise InputError(
                "this is compressed with gzip, whatever it is called",
                where=path,
                hint="Call it .csv.gz, or unpack it.",
            )
        if head == b"PK\3\4":
            book = _is_workbook(stream)
            raise InputError(
                "this is a workbook, whatever it is called"
                if book
                else "this is a zip archive, whatever it is called",
                where=path,
                hint="Save the sheet as CSV (UTF-8)." if book else "Unpack it, and give the files.",
            )
        if head == b"\xd0\xcf\x11\xe0":
            raise InputError(
                "this is an old workbook (.xls), whatever it is called",
                where=path,
                hint="Save the sheet as CSV (UTF-8).",
            )
        if head[:1] == b"\0" or head[1:2] == b"\0":
            raise InputError(
                "this is no text file that can be read: it looks like UTF-16 without a byte order "
                "mark",
                where=path,
                hint="Save it as CSV in UTF-8.",
            )
    wide, wrong, size = _trial(path, name, "utf-8")
    if wide >= 2 * wrong:
        # Of Chinese names in GB18030 a sixth are by chance characters of UTF-8, so this is none.
        return "utf-8"
    _, wrong_gb, _ = _trial(path, name, "gb18030")
    if wrong_gb == 0:
        _check_gb18030(path, name)
        return "gb18030"
    if min(wrong, wrong_gb) > max(size // 10, 1000):
        raise InputError(
            "this is no text in UTF-8 or GB18030",
            where=path,
            hint="Save it as UTF-8, or name its encoding in a mapping file.",
        )
    if wrong <= wrong_gb:
        return "utf-8"
    _check_gb18030(path, name)
    return "gb18030"


def _is_workbook(stream: BinaryIO) -> bool:
    """Whether a zip archive is a workbook, by the list of its parts, which stands at its end."""
    try:
        held = set(zipfile.ZipFile(stream).namelist())
    except (zipfile.BadZipFile, OSError):
        return False
    return not held.isdisjoint(_OF_WORKBOOKS)


def _check_gb18030(path: Path, name: str) -> None:
    """Raise InputError where what GB18030 makes of a file is hardly its text."""
    sample = b""
    with _opened(path, name) as stream:
        for line in iter(lambda: stream.readline(_SAMPLE), b""):
            if not line.isascii():  # long tables may begin with thousands of lines that say nothing
                sample += line
            if len(sample) >= _SAMPLE:
                break
    likelier = likelier_than_gb18030(sample)
    if likelier is not None:
        raise InputError(
            f"this is neither UTF-8 nor, it seems, GB18030: is it {likelier}?",
            where=path,
            hint=f'Save it as UTF-8, or name its encoding in a mapping file ("{likelier.lower()}"; '
            'if it is GB18030 after all, "gb18030").',
        )


def decoded(data: bytes, *, name: str) -> str:
    """The text of bytes that are no file, by the same test of their encoding."""
    with TemporaryDirectory(prefix="trustgraph-") as folder:
        path = Path(folder, "bytes")
        path.write_bytes(data)
        try:
            encoding = detect_encoding(path, name=name)
        except InputError as error:
            raise InputError(error.what, where=name, hint=error.hint) from None
    return data.decode(encoding, errors="replace").removeprefix("\ufeff")


def _trial(path: Path, name: str, encoding: str) -> tuple[int, int, int]:
    """How many characters of several bytes, how many bytes that are wrong, how many characters."""
    wide = wrong = size = 0
    decoder = codecs.getincrementaldecoder(encoding)(_MARK)
    with _opened(path, name) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            size += len(text)
            if not text.isascii():
                marks = text.count("\udc80")
                wrong += marks
                wide += len(text) - len(text.encode("ascii", "ignore")) - marks
            if not chunk:
                return wide, wrong, size


def blocks_in(path: Path) -> int:
    """About how many blocks a file has, to tell how far its reading has come."""
    size = path.stat().st_size
    if path.suffix.lower() == ".gz":
        # The last four bytes are the size unpacked (RFC 1952), below 4 GiB.
        with path.open("rb") as stream:
            stream.seek(max(0, size - 4))
            size = max(size, int.from_bytes(stream.read(4), "little"))
    return size // _CHUNK + 1


def blocks(path: Path, *, name: str, encoding: str) -> Iterator[Block]:
    """The text in blocks of whole lines, every line end as ``\\n``; memory stays bounded.

    Raises InputError when the file cannot be read to its end.
    """
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)(_MARK), translate=True
    )
    rest: list[str] = []
    length = 0
    begun = False
    with _opened(path, name) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            if text and not begun:
                # Left standing when the caller named the encoding.
                text, begun = text.removeprefix("\ufeff"), True
            while text:
                cut = text.rfind("\n") if length <= LINE_LIMIT else text.find("\n")
                if cut < 0:
                    if length <= LINE_LIMIT:
                        rest.append(text)
                        length += len(text)
                    break
                if length > LINE_LIMIT:
                    yield Block("".join(rest)[: LINE_LIMIT + 1], cut=True, ended=True)
                else:
                    yield Block("".join((*rest, text[:cut])), cut=False, ended=True)
                rest, length = [], 0
                text = text[cut + 1 :]
                if "\n" not in text:
                    rest, length, text = [text], len(text), ""
            if not chunk:
                break
    if length:
        yield Block("".join(rest)[: LINE_LIMIT + 1], cut=length > LINE_LIMIT, ended=False)
