"""How much of the gains from trade do traders make, under three institutions, without intelligence and with?

Run it with ``python scenarios/auction.py``; change the values below. A schedule may also be a CSV file with the columns
side, trader, unit, limit.
"""

from socialsim.engine.run import run
from socialsim.environments.auction import scenario

SCHEDULE = "market_4"
INSTITUTIONS = ("gode_sunder", "continuous", "call")
TRADERS = ("zi_u", "zi_c", "zip", "gjerstad_dickhaut")
DAYS = 10
DAY_LENGTH = 400
REPLICATIONS = 40
SEED = 1


def main() -> None:
    """Print efficiency, and how far prices are from equilibrium on the first day and on the last."""
    print(f"{'institution':<14}{'traders':<20}{'efficiency':<26}{'units a day':<14}alpha on the first day, on the last")
    for institution in INSTITUTIONS:
        for traders in TRADERS:
            market = scenario().replace(
                {
                    "environment.schedule": SCHEDULE,
                    "environment.institution": institution,
                    "environment.information": "market",
                    "environment.num_days": DAYS,
                    "environment.day_length": DAY_LENGTH,
                    "horizon.steps": DAYS * DAY_LENGTH,
                    "learner": traders,
                }
            )
            result = run(market, replications=REPLICATIONS, seed=SEED, record_every=None)
            runs, metrics = result.runs, result.metrics
            alpha = f"{runs.smith_alpha_first_day.mean():.1f}, {runs.smith_alpha_last_day.mean():.1f}"
            print(f"{institution:<14}{traders:<20}{metrics['efficiency']!s:<26}{runs.volume.mean():<14.1f}{alpha}")


if __name__ == "__main__":
    main()
