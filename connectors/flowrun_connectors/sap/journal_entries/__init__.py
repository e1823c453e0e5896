"""Journal entries, posted at once by SAP's SOAP service for them."""
