"""Policy packs: read, check, version, fingerprint."""

from trustgraph.policy.model import (
    Aggregate,
    Channel,
    ChannelStep,
    CoverageItem,
    Effect,
    Grade,
    Measure,
    Policy,
    RecordType,
    Repair,
    Route,
    RouteStep,
    Rule,
    Words,
    version_on,
)
from trustgraph.policy.reader import list_policies, read_policy

__all__ = [
    "Aggregate",
    "Channel",
    "ChannelStep",
    "CoverageItem",
    "Effect",
    "Grade",
    "Measure",
    "Policy",
    "RecordType",
    "Repair",
    "Route",
    "RouteStep",
    "Rule",
    "Words",
    "list_policies",
    "read_policy",
    "version_on",
]
