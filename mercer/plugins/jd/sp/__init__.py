"""The newer gateway (SP-API): other paths, other words, the same wares, stock and orders."""
