"""python -m lraln_core: doctor, run, suite, mine, evaluate, ner, extend, align-words."""

import sys

from lraln_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
