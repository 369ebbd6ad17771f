"""Loops that numpy has no words for: interpreted while little is to be done, else compiled.

A *kernel* is a plain function over arrays and numbers, and so are the *helpers* that it calls. They
stand in one file with all that they name: numba keeps machine code by the file of the function that
was compiled, and what another file says could change while the old code answers on.

Compiling takes seconds, once per machine. Whoever asks about a few entities does not wait for it:
until a process has done ``PATIENCE`` steps of a kernel, Python itself runs it, and both ways give
the same bits. What a kernel does not write reaches it as read-only arrays, wherever they come from,
so that one compiled version serves registers in memory and on disk.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

__all__ = [
    "KERNELS",
    "PATIENCE",
    "Kernel",
    "cache_folder",
    "compiling_told",
    "helper",
    "kernel",
    "user_cache",
]

Function = TypeVar("Function", bound=Callable[..., Any])
Listener = Callable[[str, bool], None]

PATIENCE: Final = 2_000_000
"""Steps of a kernel that a process interprets before it has it compiled: about a second."""

KERNELS: Final = "TRUSTGRAPH_KERNELS"
"""The variable by which all kernels are ``compiled`` or ``interpreted``, whatever is to be done."""

_SILENT_SECONDS: Final = 0.3
"""How long compiling is not worth a word: machine code that is there already is loaded sooner."""

_helpers: Final[dict[str, list[Callable[..., Any]]]] = {}
_lock: Final = threading.RLock()
_listeners: Final[list[Listener]] = []


def helper(function: Function) -> Function:
    """A function that kernels of the same file call, and nobody else."""
    _helpers.setdefault(function.__module__, []).append(function)
    return function


def kernel(*writes: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Make a kernel of a function; ``writes`` are the arguments that it changes, or returns."""
    return lambda function: Kernel(function, frozenset(writes))


class Kernel:
    """A function that is interpreted or compiled; it is called with ``work``, its steps, about."""

    def __init__(self, function: Callable[..., Any], writes: frozenset[str]) -> None:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        if writes - set(names):
            raise ValueError(f"{function.__name__} has no {', '.join(sorted(writes - set(names)))}")
        self.function = function
        self._written = [name in writes for name in names]
        self._machine: Any = None
        self._ready: set[tuple[Any, ...]] = set()
        self._steps = 0

    def __call__(self, *arguments: Any, work: int) -> Any:
        """What the function gives for these arguments."""
        given = [
            _plain(argument, writable=written)
            for argument, written in zip(arguments, self._written, strict=True)
        ]
        if self._is_little(work):
            # Elements are plain numbers then, which do not overflow; those of arrays that a kernel
            # makes are numpy's, and if one ever did, nobody should take it for an answer.
            with np.errstate(over="raise"):
                return self.function(*map(_viewed, given))
        return self._compiled(given)(*given)

    @property
    def is_compiled(self) -> bool:
        """Whether a call is run by machine code, however much there is to do."""
        wanted = os.environ.get(KERNELS)
        return wanted == "compiled" or (wanted is None and self._machine is not None)

    def took(self, steps: int) -> None:
        """Count steps that nobody knew of before they were done."""
        self._steps += steps

    def _is_little(self, work: int) -> bool:
        wanted = os.environ.get(KERNELS)
        if wanted in ("compiled", "interpreted"):
            return wanted == "interpreted"
        if self._machine is None:
            self._steps += work
        return self._machine is None and self._steps <= PATIENCE

    def _compiled(self, given: list[Any]) -> Any:
        types = tuple(map(_type_of, given))
        if types not in self._ready:
            with _lock, _told(self.function):
                if self._machine is None:
                    self._machine = _dispatcher(self.function, cache=True)
                self._machine = _with_version(self._machine, given)
                self._ready.add(types)
        return self._machine


def _plain(value: Any, *, writable: bool) -> Any:
    """An argument as kernels know it: plain arrays, read-only unless written, and plain numbers."""
    if isinstance(value, np.ndarray):
        if writable and not value.flags.c_contiguous:
            raise ValueError("a kernel writes to contiguous arrays: what it wrote would be lost")
        array = np.ascontiguousarray(value).view(np.ndarray)
        if not writable:
            array = array.view() if array is value else array
            array.flags.writeable = False
        return array
    if isinstance(value, tuple):
        return tuple(_plain(part, writable=writable) for part in value)
    if isinstance(value, np.generic):
        return value.item()
    return value


def _viewed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.data
    return tuple(map(_viewed, value)) if isinstance(value, tuple) else value


def _type_of(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.char, value.ndim
    if isinstance(value, tuple):
        return tuple(map(_type_of, value))
    return type(value)


@contextmanager
def compiling_told(listener: Listener) -> Iterator[None]:
    """Let a listener hear of every kernel that is compiled, while it is.

    It is told the kernel's name, and whether the machine code is kept for other processes.
    """
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def _told(function: Callable[..., Any]) -> Iterator[None]:
    def tell() -> None:
        kept = cache_folder(Path(function.__code__.co_filename)) is not None
        for listener in tuple(_listeners):
            listener(f"{function.__module__.removeprefix('trustgraph.')}.{function.__name__}", kept)

    timer = threading.Timer(_SILENT_SECONDS, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


# --- numba ----------------------------------------------------------------------------------------


def _dispatcher(function: Callable[..., Any], *, cache: bool) -> Any:
    # numba takes half a second to load: only whoever has much to do pays for it.
    from numba import config, njit  # noqa: PLC0415
    from numba.extending import register_jitable  # noqa: PLC0415

    for one in _helpers.pop(function.__module__, ()):
        register_jitable(one)
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    folder = cache_folder(Path(function.__code__.co_filename)) if cache else None
    if folder is None:
        return njit(**options)(function)
    settings: Any = config
    before = settings.CACHE_DIR
    try:
        settings.CACHE_DIR = str(folder)
        return njit(cache=True, **options)(function)
    finally:
        settings.CACHE_DIR = before


def _with_version(machine: Any, given: list[Any]) -> Any:
    """The dispatcher with a version for these arguments, loaded or compiled."""
    import numba  # noqa: PLC0415

    types = tuple(map(numba.typeof, given))
    try:
        machine.compile(types)
    except OSError:  # the disk takes no more, or what lies there cannot be read: do without it
        machine = _dispatcher(machine.py_func, cache=False)
        machine.compile(types)
    return machine


def user_cache() -> Path:
    """The folder of a user for what can be made again; it need not exist."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111  # a Path fails without a home
    return Path(home, "trustgraph")


def cache_folder(source: Path) -> Path | None:
    """Where machine code of a source file is kept; None where there is no place for it.

    By turns: where ``NUMBA_CACHE_DIR`` says, beside the source, in the user's cache folder, in a
    temporary folder that is this user's alone (what lies there is run).
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    user = os.getuid() if hasattr(os, "getuid") else 0
    places = [
        *([Path(given).absolute()] if given else []),
        source.parent / "__pycache__",
        user_cache(),
    ]
    for place in places:
        if place.is_absolute() and _is_writable(place):
            return place
    alone = Path(tempfile.gettempdir(), f"trustgraph-{user}")
    return alone if _is_writable(alone) and _is_nobody_elses(alone, user) else None


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _is_nobody_elses(folder: Path, user: int) -> bool:
    """Whether a folder where everybody may make some is a user's own, which no other can write."""
    about = folder.lstat()
    return not folder.is_symlink() and about.st_uid == user and not about.st_mode & 0o022
