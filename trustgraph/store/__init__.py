"""What lies on disk: folders that appear whole, and registers."""

from trustgraph.store.folders import (
    RUN_MARK,
    check_free,
    file_digest,
    whole_file,
    whole_folder,
    write_findings,
    writing,
)
from trustgraph.store.registers import (
    REGISTER_FORMAT,
    REGISTER_MARK,
    open_register,
    save_register,
)

__all__ = [
    "REGISTER_FORMAT",
    "REGISTER_MARK",
    "RUN_MARK",
    "check_free",
    "file_digest",
    "open_register",
    "save_register",
    "whole_file",
    "whole_folder",
    "write_findings",
    "writing",
]
