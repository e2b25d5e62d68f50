"""Print how often certificates are right, on controls and on planted norms: ``python analysis/certificates.py [N]``."""

from __future__ import annotations

import sys

from socialsim.cli.console import write_table
from socialsim.testing.certificates import CASES, most, verdicts

CERTIFICATES, RUNS, SEED = 400, 60, 1
RESPONDING = ("norm", "collusion")
VERDICTS = (*RESPONDING, "convention", "neither")


def main(num_certificates: int = CERTIFICATES) -> None:
    """Certify every case many times and print the shares of each verdict."""
    rows = []
    for case, (truth, _) in CASES.items():
        found = verdicts(case, num_certificates, RUNS, SEED)
        shares = [f"{found[verdict] / num_certificates:.3f}" for verdict in VERDICTS]
        called = sum(found[verdict] for verdict in RESPONDING)
        if truth in RESPONDING:
            bound = f"power >= {1 - most(num_certificates - found[truth], num_certificates):.3f}"
        else:
            bound = f"size <= {most(called, num_certificates):.3f}"
        rows.append((case, truth, *shares, bound))
        print(case, file=sys.stderr)
    print(f"{num_certificates} certificates a row, each of {RUNS} runs; bounds are Clopper and Pearson's, 95%")
    write_table(("case", "truth", *VERDICTS, "bound"), rows)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
