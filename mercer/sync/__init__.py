"""Keep every channel as it should be: pull, link, desired, plan, apply, verify.

Adapters are handed in; this room knows no platform.
"""
