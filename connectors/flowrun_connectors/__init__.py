"""The connectors that come with flowrun, one file or folder per system."""
