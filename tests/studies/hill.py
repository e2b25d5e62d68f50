"""A scenario whose outcome is a known function of its parameters plus noise: for tests of studies that search."""

from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.scenario import Scenario
from socialsim.environments.epistemic import Epistemic
from socialsim.metrics.estimates import mean


class Hill(Epistemic):
    """One step of ten scientists, of whom about five use the better method: their number is the noise."""

    x: float = parameter(0.0, "east", ge=-5, le=5)
    y: float = parameter(0.0, "north", ge=-5, le=5)
    side: str = parameter("south", "slope")
    slope: float = parameter(1.0, "0 for a plain", ge=0)
    noise: float = parameter(0.1, "times a number of mean 0 and variance 2.5", ge=0)

    def model_post_init(self, context):
        if self.x + self.y > 7:
            raise ParameterError("x: beyond the cliff; accepted: x + y <= 7")

    def outcomes(self, state):
        if self.y < -4.5:
            raise ValueError("nobody returns from there")
        distance = (self.x - 1) ** 2 + (self.y + 2) ** 2 + (self.side == "north")
        noise = self.noise * (state.num_on_better[:, 0] - 5.0)
        return {**super().outcomes(state), "level": 9 - self.slope * distance + noise, "steepness": self.x**2 + noise}


def height(result):
    """Mean height, 9 at the top in (1, -2) of the southern slope."""
    return mean(result.runs.level)


def dry_height(result):
    """Mean height of the runs that end above the sea, where there are any."""
    return mean(result.runs.level[result.runs.level > 0])


def steepness(result):
    """Mean of x^2."""
    return mean(result.runs.steepness)


def scenario():
    return Scenario(Hill(), "bayesian", "cycle:n=10", 1, (height, dry_height, steepness))
