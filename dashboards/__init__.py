"""The dashboard: look a partner up, see why, see the graph. Shows what trustgraph computes."""

from dashboards.app import create_app

__all__ = ["create_app"]
