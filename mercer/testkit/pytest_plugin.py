"""The pytest plugin that Mercer brings for authors of platform plugins."""
