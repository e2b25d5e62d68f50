"""What learners need that see their own opinion and how many of a sample hold each."""

from __future__ import annotations

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Specification


def check_tally(name: str, specification: Specification) -> None:
    """Refuse an environment that does not show one's own opinion and a tally of those looked at.

    Parameters
    ----------
    name : str
        Of the learner.
    specification : Specification

    Raises
    ------
    ParameterError
        It names the parameter that shows a tally.
    """
    seen = specification.observations
    is_tally = isinstance(seen, Box) and seen.shape == (specification.num_actions + 1,)
    if not is_tally or "sample" not in specification.facts:
        raise ParameterError(
            f"learner: {name!r} needs an environment in which agents see their own opinion and a tally of those they "
            "look at, such as opinions with environment.sample=2 or more"
        )
