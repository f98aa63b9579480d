"""The simulated world: every platform's simulator, served on loopback under one clock."""
