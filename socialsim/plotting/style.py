"""How every figure looks: one style, with colours that everybody can tell apart.

Figures are plain `matplotlib.figure.Figure` objects; nothing touches pyplot, so a script, a notebook and a thread are
treated alike and no figure stays alive after its last reference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

STYLE = Path(__file__).with_name("socialsim.mplstyle")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito (2008)
GREY, INK = "#8C8C8C", "#202020"


def styled() -> Any:
    """Return a context in which figures are drawn in the project's style, whatever the user's own settings.

    Examples
    --------
    >>> with styled():
    ...     matplotlib.rcParams["axes.spines.top"]
    False
    """
    return matplotlib.rc_context(fname=STYLE)
