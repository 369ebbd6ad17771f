"""The command line: ``trustgraph VERB …``. Data goes to stdout, words about the work to stderr.

Exit codes: 0 done; 1 done with rejected rows under ``--strict``, or a failed check; 2 bad usage or
unusable input; 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NoReturn, cast

from trustgraph.cli.output import Output
from trustgraph.cli.parser import build_parser
from trustgraph.errors import TrustgraphError, check_name

__all__ = ["build_parser", "main"]

_SIGNALLED: Final = 128
"""Exit codes of who was stopped by a signal are greater, by the signal's number."""

Command = Callable[[argparse.Namespace, Output], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. No traceback reaches the user."""
    if isinstance(sys.stdout, __import__("io").TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    parsed = build_parser().parse_args(arguments)
    output = Output(as_json=parsed.json)
    command = cast(Command, parsed.command)
    try:
        for value in vars(parsed).values():
            for path in value if isinstance(value, list) else [value]:
                if isinstance(path, Path):
                    check_name(path)
        with _terminable():
            return _carry_out(command, parsed, output)
    except TrustgraphError as error:
        output.say(f"trustgraph: {error}{_notes(error)}")
        return error.exit_code
    except KeyboardInterrupt as error:
        output.say(f"trustgraph: stopped; nothing was half written{_notes(error)}")
        return 128 + (error.args[0] if error.args else signal.SIGINT)
    except BrokenPipeError:
        _print_no_more()  # whoever read our output has closed it: that is no error
        return 0
    except MemoryError:
        output.say("trustgraph: out of memory\n  → score with --ledger top:5 or none")
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        output.say(f"trustgraph: {where}{error.strerror or error}")
        try:
            output.flush()
        except OSError:  # it was stdout that failed, and would again at the end
            _print_no_more()
        return 2
    except Exception as error:  # the last door: a fault of ours, said in words
        if os.environ.get("TRUSTGRAPH_TRACEBACK"):
            raise
        output.say(
            f"trustgraph: a fault in trustgraph itself: {type(error).__name__}: {error}\n"
            "  → please report it; TRUSTGRAPH_TRACEBACK=1 shows where it happened"
        )
        return 2


def _notes(error: BaseException) -> str:
    return "".join(f"\n  → {note}" for note in getattr(error, "__notes__", ()))


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM, by which schedulers stop a job, tidy up as Ctrl-C does."""

    def stop(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _carry_out(command: Command, parsed: argparse.Namespace, output: Output) -> int:
    # numpy comes with it, which --help can do without.
    from trustgraph.compiled import compiling_told  # noqa: PLC0415

    def tell(name: str, kept: bool) -> None:
        once = ", once per machine" if kept else ""
        output.say(f"preparing for first use{once}: {name}")

    with compiling_told(tell):
        code = command(parsed, output)
    output.flush()  # what cannot be printed must be said before the exit code is
    return code


def _print_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> NoReturn:
    """What the command ``trustgraph`` runs: ``main``, whose exit code is the process's.

    Who was stopped by a signal leaves at once: a thread that is in the middle of compiling would
    not be done for seconds, and has nothing to finish.
    """
    code = main()
    if code > _SIGNALLED:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    entry()
