"""flowrun: integration flows between X-Cart and SAP S/4HANA, written in YAML."""
