"""What have these people learnt, and how? Learners fitted to the choices of an experiment.

Run it with ``python scenarios/fit_choices.py [CHOICES.csv]``; without a file it takes ``scenarios/data/choices.csv``, a
simulated experiment: 12 subjects of 100 choices between two machines that pay 1 with the probabilities .3 and .7. It
prints the estimates of three learners and which of them tells best what the subjects did.
"""

import sys
from pathlib import Path

from socialsim.core.errors import SocialsimError
from socialsim.inference.choices import read_choices
from socialsim.inference.comparison import compare
from socialsim.inference.maximum_likelihood import fit
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.learning.q_learning import QLearning
from socialsim.learning.roth_erev import RothErev

CHOICES = Path(__file__).with_name("data") / "choices.csv"
MODELS = {
    "boltzmann_q": (BoltzmannQ(discount=0.0), ["alpha", "temperature"]),
    "q_learning": (QLearning(discount=0.0), ["alpha", "epsilon"]),
    "roth_erev": (RothErev(), ["initial_weight"]),
}


def main(path: str | Path = CHOICES) -> None:
    """Print the estimates and the comparison."""
    try:
        choices = read_choices(path)
        fits = {name: fit(learner, choices, free) for name, (learner, free) in MODELS.items()}
    except SocialsimError as error:
        sys.exit(str(error))
    print(f"{path}: {choices.num_trials} choices of {choices.num_subjects} subjects")
    for name, fitted in fits.items():
        print(f"{name:<12}" + ", ".join(f"{key} = {value}" for key, value in fitted.estimates.items()))
        for remark in fitted.remarks:
            print(f"{'':<12}({remark})")
    print(compare(fits).round(3).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:2])
