"""``python -m trustgraph``: the same as the ``trustgraph`` command."""

from trustgraph.cli.main import entry

entry()
