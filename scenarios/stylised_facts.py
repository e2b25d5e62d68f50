"""Does a price series show what all asset prices show? Fat tails, no memory of the sign of returns, one of their size.

Run it with ``python scenarios/stylised_facts.py PRICES.csv``, a file with a date and a price in each row; without one
it takes the price of crude oil that lies in ``scenarios/data``. It prints a table, beside a simulated market of traders
who follow each other, and draws ``stylised_facts.png`` in the present folder.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from socialsim.core.errors import SocialsimError
from socialsim.engine.simulation import Simulation
from socialsim.environments.herding import STEPS_A_DAY, in_order, scenario
from socialsim.metrics.prices import read_prices
from socialsim.metrics.returns import (
    autocorrelation,
    block_bootstrap,
    excess_kurtosis,
    hill,
    log_returns,
    stylised_facts,
    tail_index,
    white_noise_band,
)
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

PRICES = Path(__file__).with_name("data") / "wti.csv"
TAIL = 0.05  # share of returns that is taken for the tail
NUM_LAGS = 100
NUM_RESAMPLES = 200  # of blocks, for intervals
SIMULATED_DAYS = 4000
SEED = 1


def main(path: str | Path = PRICES) -> None:
    """Print and draw the stylised facts of a given series, and of a simulated one."""
    try:
        given = read_prices(path)
    except SocialsimError as error:
        sys.exit(str(error))
    series = {Path(path).stem: log_returns(given.prices), "simulated": log_returns(simulated())}
    span = f"{given.dates[0].astype('datetime64[D]')} to {given.dates[-1].astype('datetime64[D]')}"
    print(f"{path}: {len(given.prices)} prices, {span}")
    print(f"{'':<46}" + "".join(f"{name:<28}" for name in series))
    for label, measured in ((label, [f(returns) for returns in series.values()]) for label, f in rows().items()):
        print(f"{label:<46}" + "".join(f"{value!s:<28}" for value in measured))
    print(draw(series))


def rows() -> dict:
    """Return what is measured of each series."""

    def interval(statistic):
        return lambda returns: block_bootstrap(returns, statistic, num_resamples=NUM_RESAMPLES)

    return {
        "returns": len,
        "standard deviation": interval(np.std),
        "excess kurtosis": interval(excess_kurtosis),
        f"tail index, largest {TAIL:.0%}, if independent": lambda returns: tail_index(returns, TAIL),
        f"tail index, largest {TAIL:.0%}, in blocks": interval(lambda returns: hill(returns, TAIL)),
        "autocorrelation of returns, lag 1": interval(lambda returns: stylised_facts(returns).return_correlation_1),
        "  lags 2 to 50": interval(lambda returns: stylised_facts(returns).return_correlation),
        "  of absolute returns, lags 1 to 50": interval(lambda returns: stylised_facts(returns).volatility_correlation),
        "band of white noise at a lag, +-": lambda returns: f"{white_noise_band(len(returns)):.4f}",
    }


def simulated() -> np.ndarray:
    """Return the prices of a market of Lux and Marchesi's traders."""
    market = scenario().replace({"environment.window": SIMULATED_DAYS, "horizon.steps": SIMULATED_DAYS * STEPS_A_DAY})
    simulation = Simulation(market, seed=SEED, replications=range(1))
    simulation.advance(market.horizon.steps)
    return in_order(simulation.environment.prices[0], SIMULATED_DAYS)


def draw(series: dict[str, np.ndarray]) -> Path:
    """Draw returns, tails and autocorrelations of each series in a row."""
    with styled():
        figure = Figure(figsize=(10, 2.6 * len(series)))
        for row, (name, returns) in zip(figure.subplots(len(series), 3), series.items(), strict=True):
            row[0].plot(returns, color=INK, linewidth=0.4)
            row[0].set(title=name, xlabel="Step", ylabel="Log return")
            size = np.sort(np.abs(returns))[::-1] / returns.std()
            exceeded = np.arange(1, len(size) + 1) / len(size)
            k, index = int(TAIL * len(size)), hill(returns, TAIL)
            row[1].loglog(size[size > 0.1], exceeded[size > 0.1], color=INK)
            row[1].loglog(size[: k + 1], TAIL * (size[: k + 1] / size[k]) ** -index, "--", color=COLOURS[0])
            row[1].set(title=f"tail index {index:.2f}", xlabel="Absolute return / s.d.", ylabel="Share beyond")
            band = white_noise_band(len(returns))
            row[2].axhspan(-band, band, color=GREY, alpha=0.25, linewidth=0)
            lags = np.arange(1, NUM_LAGS + 1)
            row[2].plot(lags, autocorrelation(np.abs(returns), NUM_LAGS)[1:], color=COLOURS[1])
            row[2].plot(lags, autocorrelation(returns, NUM_LAGS)[1:], color=INK, linewidth=0.7)
            row[2].set(title="of returns (black) and their size", xlabel="Lag", ylabel="Autocorrelation")
        return save(figure, Path("stylised_facts.png"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
