"""`python -m mercer` is `mercer`."""

from __future__ import annotations

import sys

from mercer.cli import main

if __name__ == "__main__":
    sys.exit(main())
