"""``python -m socialsim`` is the command ``socialsim``."""

import sys

from socialsim.cli.main import main

if __name__ == "__main__":  # not when it is only imported, as documentation and tests do
    sys.exit(main())
