"""X-Cart 5.5 and 5.6."""

from flowrun_connectors.xcart.connector import XCart
from flowrun_connectors.xcart.settings import XCartConfig

__all__ = ["XCart", "XCartConfig"]
