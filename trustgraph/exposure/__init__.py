"""Market exposure: the strongest chain from every record to every entity it weighs on."""

from trustgraph.exposure.graph import (
    ExposureGraph,
    StepTable,
    exposure_graph,
    rows_walked,
    step_table,
)
from trustgraph.exposure.lines import ExposureLines, exposure_lines

__all__ = [
    "ExposureGraph",
    "ExposureLines",
    "StepTable",
    "exposure_graph",
    "exposure_lines",
    "rows_walked",
    "step_table",
]
