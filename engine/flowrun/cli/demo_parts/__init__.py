"""The parts of `flowrun demo`: its copy of the project, what happens in both systems, the stages, the end."""
