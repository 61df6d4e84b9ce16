"""`python -m hub.cli`."""

import sys

from hub.cli import main

if __name__ == "__main__":  # processes that a command starts import this file too
    sys.exit(main())
