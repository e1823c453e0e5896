"""Tests for connectors: the contract that each one keeps, as a class to inherit from.

Needs the extra `testing` (`pip install "flowrun-engine[testing]"`); nothing else of flowrun imports it.
"""

from flowrun.testing.contract import ConnectorContract
from flowrun.testing.sample import Answer, Sample

__all__ = ["Answer", "ConnectorContract", "Sample"]
