"""The domain, pure: no I/O, no import from any other room."""
