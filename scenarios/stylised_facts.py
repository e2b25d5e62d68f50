"""Does a price series show what all asset prices show? Fat tails, no memory of the sign of returns, one of their size.

Run it with ``python scenarios/stylised_facts.py PRICES.csv``, a file with a date and a price in each row; without one
it takes the price of crude oil that lies in ``scenarios/data``. It prints a table, beside a simulated market of traders
who follow each other, and draws ``stylised_facts.png`` in the present folder. Intervals of what is measured of a single
series are approximate (``socialsim.metrics.series``): that of clustering covers too seldom.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.errors import ParameterError, SocialsimError
from socialsim.engine.simulation import Simulation
from socialsim.environments.herding import STEPS_A_DAY, scenario
from socialsim.metrics.prices import read_prices
from socialsim.metrics.returns import FEWEST, HORIZON, hill, kurtosis, log_returns, stylised_facts, tail_index
from socialsim.metrics.runs import unrolled
from socialsim.metrics.series import autocorrelation, autocorrelation_bands, self_normalised, variance_ratio
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

PRICES = Path(__file__).with_name("data") / "wti.csv"
TAIL = 0.05  # share of returns that is taken for the tail
NUM_LAGS, NEAR = 100, 50  # lags that are drawn, and over which clustering is averaged
SIMULATED_DAYS = 4000
SEED = 1


def main(path: str | Path = PRICES) -> None:
    """Print and draw the stylised facts of a given series, and of a simulated one."""
    try:
        given = read_prices(path)
        series = {Path(path).stem: returns_of(given.prices, path), "simulated": log_returns(simulated())}
    except SocialsimError as error:
        sys.exit(str(error))
    span = f"{given.dates[0].astype('datetime64[D]')} to {given.dates[-1].astype('datetime64[D]')}"
    print(f"{path}: {len(given.prices)} prices, {span}")
    print(f"{'[approximate 95% intervals]':<46}" + "".join(f"{name:<28}" for name in series))
    for label, measured in ((label, [f(returns) for returns in series.values()]) for label, f in rows().items()):
        print(f"{label:<46}" + "".join(f"{str(value).split(':')[0]:<28}" for value in measured))
    for name, returns in series.items():
        print(f"no interval for the kurtosis of {name}: {kurtosis(returns).reason}")
    print(draw(series))


def returns_of(prices: np.ndarray, path: str | Path) -> np.ndarray:
    """Return the log returns of a given series, if they can have stylised facts."""
    returns = log_returns(prices)
    if len(returns) < FEWEST:
        raise ParameterError(f"{path}: it has {len(prices)} prices; accepted: {FEWEST + 1} or more")
    if np.ptp(returns) == 0.0:
        raise ParameterError(f"{path}: all returns are equal; accepted: prices that move")
    return returns


def rows() -> dict:
    """Return what is measured of each series."""

    def interval(statistic):
        return lambda returns: self_normalised(returns, statistic)

    return {
        "returns": len,
        "standard deviation": interval(np.std),
        "excess kurtosis": kurtosis,
        f"tail index, largest {TAIL:.0%}, if independent": lambda returns: tail_index(returns, TAIL),
        f"tail index, largest {TAIL:.0%}, if clustered": interval(lambda returns: hill(returns, TAIL)),
        "autocorrelation of returns, lag 1": interval(lambda returns: autocorrelation(returns, 1)[1]),
        "  lags 1 to 50 outside the band of none": lambda returns: f"{stylised_facts(returns).correlated_lags:.0%}",
        f"variance ratio, {HORIZON} steps": interval(ratio_of),
        "autocorrelation of absolute returns, 1 to 50": interval(clustering),
    }


def ratio_of(returns: np.ndarray) -> float:
    """Return the variance ratio, where there are returns enough."""
    return variance_ratio(returns, HORIZON) if len(returns) >= HORIZON else np.nan


def clustering(returns: np.ndarray) -> float:
    """Return the mean autocorrelation of absolute returns, where there are returns enough."""
    return float(autocorrelation(np.abs(returns), NEAR)[1:].mean()) if len(returns) > NEAR else np.nan


def simulated() -> np.ndarray:
    """Return the prices of a market of Lux and Marchesi's traders."""
    market = scenario().replace({"environment.window": SIMULATED_DAYS, "horizon.steps": SIMULATED_DAYS * STEPS_A_DAY})
    simulation = Simulation(market, seed=SEED, replications=range(1))
    simulation.advance(market.horizon.steps)
    return unrolled(simulation.environment.prices[0], SIMULATED_DAYS + 1)


def draw(series: dict[str, np.ndarray]) -> Path:
    """Draw returns, tails and autocorrelations of each series in a row."""
    with styled():
        figure = Figure(figsize=(10, 2.6 * len(series)))
        for (path, tails, lags), (name, returns) in zip(figure.subplots(len(series), 3), series.items(), strict=True):
            path.plot(returns, color=INK, linewidth=0.4)
            path.set(title=name, xlabel="Step", ylabel="Log return")
            draw_tail(tails, returns)
            draw_lags(lags, returns)
        return save(figure, Path("stylised_facts.png"))


def draw_tail(axes: Axes, returns: np.ndarray) -> None:
    """Draw how often absolute returns are exceeded, and the power law of the tail if there is one."""
    size = np.sort(np.abs(returns))[::-1] / returns.std()
    exceeded = np.arange(1, len(size) + 1) / len(size)
    k, index = int(TAIL * len(size)), hill(returns, TAIL)
    axes.loglog(size[size > 0.1], exceeded[size > 0.1], color=INK)
    if np.isfinite(index):
        axes.loglog(size[: k + 1], TAIL * (size[: k + 1] / size[k]) ** -index, "--", color=COLOURS[0])
    title = f"tail index {index:.2f}" if np.isfinite(index) else "tail index undefined"
    axes.set(title=title, xlabel="Absolute return / s.d.", ylabel="Share beyond")


def draw_lags(axes: Axes, returns: np.ndarray) -> None:
    """Draw autocorrelations, and the band that allows for clusters."""
    num_lags = min(NUM_LAGS, len(returns) - 1)
    lags, bands = np.arange(1, num_lags + 1), autocorrelation_bands(returns, num_lags)
    axes.fill_between(lags, -bands, bands, color=GREY, alpha=0.25, linewidth=0)
    axes.plot(lags, autocorrelation(np.abs(returns), num_lags)[1:], color=COLOURS[1])
    axes.plot(lags, autocorrelation(returns, num_lags)[1:], color=INK, linewidth=0.7)
    axes.set(title="of returns (black) and their size", xlabel="Lag", ylabel="Autocorrelation")


if __name__ == "__main__":
    main(*sys.argv[1:2])
