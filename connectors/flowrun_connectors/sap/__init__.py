"""SAP S/4HANA: OData V2 services."""

from flowrun_connectors.sap.connector import Sap
from flowrun_connectors.sap.settings import SapConfig

__all__ = ["Sap", "SapConfig"]
