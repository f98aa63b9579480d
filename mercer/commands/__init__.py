"""The commands: parse, call, show. No logic of their own; one file for each command."""
