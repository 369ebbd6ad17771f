"""What lies on disk: folders that appear whole, and registers."""

from trustgraph.store.folders import (
    RUN_MARK,
    check_free,
    file_digest,
    followed,
    read_findings,
    take_place,
    whole_file,
    whole_folder,
    write_findings,
    writing,
)
from trustgraph.store.registers import (
    REGISTER_FORMAT,
    REGISTER_MARK,
    is_register,
    let_go,
    link_register,
    open_register,
    save_register,
    verify_register,
    write_mark,
    write_origins,
    write_words,
)
from trustgraph.store.rows import MappedIds, StoredRows, id_arrays, write_part
from trustgraph.store.work import Work, working

__all__ = [
    "REGISTER_FORMAT",
    "REGISTER_MARK",
    "RUN_MARK",
    "MappedIds",
    "StoredRows",
    "Work",
    "check_free",
    "file_digest",
    "followed",
    "id_arrays",
    "is_register",
    "let_go",
    "link_register",
    "open_register",
    "read_findings",
    "save_register",
    "take_place",
    "verify_register",
    "whole_file",
    "whole_folder",
    "working",
    "write_findings",
    "write_mark",
    "write_origins",
    "write_part",
    "write_words",
    "writing",
]
