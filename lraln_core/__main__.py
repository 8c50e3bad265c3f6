"""python -m lraln_core: doctor, run, mine, evaluate, align-words."""

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
