"""``python3 -m linuxmm`` is the ``linuxmm`` command."""

import sys

from linuxmm.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
