"""The simulated world as a laboratory: one process, one seed, virtual time, and a checker."""
