"""The protocol: OData between typed values and HTTP. It knows nothing of flows or of what a document means."""
