"""``python -m trustgraph``: the same as the ``trustgraph`` command."""

import sys

from trustgraph.cli import main

sys.exit(main())
