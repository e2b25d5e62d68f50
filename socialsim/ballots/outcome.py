"""What an election comes to, whichever program counted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from socialsim.core.errors import ParameterError


@dataclass(frozen=True)
class Outcome:
    """The outcome of one election under one rule.

    Parameters
    ----------
    rule : str
        Name of the rule.
    candidates : tuple of str
    tied : tuple of tuple of str
        Every way to fill the seats that the rule allows: one where it decides, several where it ties, none where it
        elects nobody. For rules with a single winner each holds one name.
    scores : mapping of str to float, or None
        By candidate, where the rule has scores.
    route : str
        Who counted: ``"socialsim"``, ``"pref_voting"`` or ``"abcvoting"``.

    Examples
    --------
    >>> outcome = Outcome("plurality", ("Ada", "Ben"), (("Ada",),), {"Ada": 2, "Ben": 1})
    >>> outcome.winner, outcome.winners
    ('Ada', ('Ada',))
    """

    rule: str
    candidates: tuple[str, ...]
    tied: tuple[tuple[str, ...], ...]
    scores: Mapping[str, float] | None = None
    route: str = "socialsim"

    @property
    def winners(self) -> tuple[str, ...]:
        """All who are elected in some way to break ties, in the order of the candidates."""
        return tuple(name for name in self.candidates if any(name in seats for seats in self.tied))

    @property
    def winner(self) -> str:
        """The one who is elected; a `ParameterError` where nobody is, where several tie or where there are seats."""
        if len(self.tied) != 1 or len(self.tied[0]) != 1:
            ways = "; ".join(", ".join(seats) for seats in self.tied) or "nobody"
            raise ParameterError(f"{self.rule}: there is no single winner, but {ways}")
        return self.tied[0][0]

    def __str__(self) -> str:
        """Return the winners as people write them."""
        if not self.tied:
            return f"{self.rule}: nobody"
        ways = [" and ".join(seats) for seats in self.tied]
        return f"{self.rule}: {ways[0]}" if len(ways) == 1 else f"{self.rule}: tie of {', '.join(ways)}"
