"""How long a user waits: the help, a first run with nothing compiled, and a run after that.

Each command is a process of its own, as a shell starts it. Cold means an empty cache directory for compiled loops.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUN = ["run", "epistemic", "--network", "karate", "--replications", "1000"]


def seconds(arguments: list[str], cache: Path) -> float:
    """Return how long one command takes."""
    environment = os.environ | {"SOCIALSIM_CACHE_DIR": str(cache)}
    started = time.perf_counter()
    command = [sys.executable, "-m", "socialsim", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=cache)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        help_time = min(seconds(["--help"], cache) for _ in range(5))
        cold = seconds([*RUN, "--out", "cold"], cache)
        warm = min(seconds([*RUN, "--out", f"warm{k}"], cache) for k in range(3))
    print(f"socialsim --help                                   {help_time:6.2f} s   (bar .5)")
    print(f"socialsim {' '.join(RUN)}, cold {cold:6.2f} s   (bar 15)")
    print(f"socialsim {' '.join(RUN)}, warm {warm:6.2f} s   (bar 3)")


if __name__ == "__main__":
    main()
