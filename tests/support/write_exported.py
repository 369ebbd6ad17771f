"""Write `datasets/exported` anew: the files, and the mapping that came of the proposal."""

from __future__ import annotations

from exported_files import filled, write_exported
from places import PROJECT

from trustgraph.reading.guessing import guess_mapping

EXPORTED = PROJECT / "datasets" / "exported"

if __name__ == "__main__":
    write_exported(EXPORTED)
    proposal = guess_mapping(sorted((EXPORTED / "june").glob("*.csv")))
    (EXPORTED / "map.toml").write_text(filled(proposal), encoding="utf-8", newline="")
