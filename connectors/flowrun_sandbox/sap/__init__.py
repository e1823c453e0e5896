"""The companion of mock-sap: S/4HANA's real names, its business checks, and faults mock-sap does not have."""
