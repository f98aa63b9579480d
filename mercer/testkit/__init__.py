"""What a plugin author tests with: the conformance suite, and simulators mounted in-process."""
