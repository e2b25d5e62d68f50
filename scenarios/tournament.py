"""Who wins a tournament of the iterated prisoner's dilemma, with and without mistakes?

Run it with ``python scenarios/tournament.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.tournament import scenario
from socialsim.environments.tournament.exact import ecological_tournament, score_matrix

STRATEGIES = (
    *("tit_for_tat", "generous_tit_for_tat", "zdgtft_2", "extort_2", "win_stay_lose_shift", "grim"),
    *("memory_one:cc=0.99,cd=0.1,dc=0.9,dd=0.2", "hard_majority", "random", "defector"),
)
NOISE = (0.0, 0.01, 0.1)  # chance that an act goes wrong
TURNS = 200
REPETITIONS = 5
GENERATIONS = 1000  # of the ecological tournament
REPLICATIONS = 200
SEED = 1


def main() -> None:
    """Print what each strategy scores, as expected and as sampled, and what is left of it in the long run."""
    for noise in NOISE:
        exact = score_matrix(STRATEGIES, TURNS, noise)
        last = ecological_tournament(exact, GENERATIONS)[-1]
        model = scenario().replace(
            {
                "environment.strategies": STRATEGIES,
                "environment.turns": TURNS,
                "environment.noise": noise,
                "network.n": len(STRATEGIES),
                "horizon.steps": REPETITIONS,
            }
        )
        result = run(model, replications=REPLICATIONS, seed=SEED, record_every=None)
        print(f"\nnoise {noise:g}\n{'strategy':<44}{'expected':>10}{'sampled':>10}{'share in the end':>18}")
        labels = [name.removeprefix("score_") for name in result.runs.columns if name.startswith("score_")]
        rows = zip(STRATEGIES, labels, exact.mean(axis=1), last, strict=True)
        for spec, label, score, share in sorted(rows, key=lambda row: -row[2]):
            print(f"{spec:<44}{score:>10.3f}{result.runs[f'score_{label}'].mean():>10.3f}{share:>18.3f}")


if __name__ == "__main__":
    main()
