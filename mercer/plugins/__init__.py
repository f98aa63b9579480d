"""Platforms as plugins: how they are found, how they reach out, and one folder for each."""
