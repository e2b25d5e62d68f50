"""How do people come to call a thing by one name, and who can change it?

Run it with ``python scenarios/naming.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.naming import scenario

NETWORKS = (
    "complete:n=400",
    "barabasi_albert:n=400,m=2",
    "watts_strogatz:n=400,k=4,p=0.1",
    "grid:rows=20,columns=20,periodic=true",
)
COMMITTED = (0.04, 0.06, 0.08, 0.1, 0.12, 0.16)
ROUNDS = 150  # of as many games as agents, in which a minority may win
MEMORY = 12
REPLICATIONS = 30
SEED = 1


def main() -> None:
    """Print games and words to consensus by network, then how many populations a committed minority wins."""
    print(f"{'network':<40}{'games per agent to 80%':<26}{'to consensus':<22}most words an agent knows, mean")
    for network in NETWORKS:
        model = scenario().replace({"network": network, "horizon.steps": 100_000_000})
        result = run(model, replications=REPLICATIONS, seed=SEED, series_runs=REPLICATIONS)
        size = result.runs.num_agents[0]
        words = result.series.groupby("run").mean_num_words.max().mean()
        most = result.metrics["games_to_80"].value / size
        print(f"{network:<40}{most:<26.1f}{result.metrics['games_to_consensus'].value / size:<22.1f}{words:.2f}")

    print(f"\n{'committed':<12}{'naming_game: won over':<28}recollection of {MEMORY} words: won over")
    for committed in (*COMMITTED, 0.2, 0.25, 0.3, 0.35):
        shares = []
        for learner in ("naming_game:", f"recollection:memory={MEMORY},"):
            rule = f"{learner}first_word=1,committed={committed},committed_word=0"
            model = scenario().replace({"environment.vocabulary": 2, "network.n": 400, "learner": rule})
            model = model.replace({"horizon.steps": 400 * ROUNDS})
            runs = run(model, replications=REPLICATIONS, seed=SEED, record_every=None).runs
            shares.append((runs.modal_word == 0).mean())
        print(f"{committed:<12.0%}{shares[0]:<28.0%}{shares[1]:.0%}")


if __name__ == "__main__":
    main()
