"""Do messages come to mean something? Lewis games of several sizes, priors, rules and populations.

Run it with ``python scenarios/signalling.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.signalling import scenario

PLAYS = 200_000
REPLICATIONS = 20
SEED = 1


def sizes(n: int) -> dict[str, object]:
    """Return a game of n states and n messages."""
    return {"environment.num_states": n, "environment.num_messages": n}


GAMES: dict[str, dict[str, object]] = {
    "2 states": sizes(2),
    "3 states": sizes(3),
    "8 states": sizes(8),
    "8 states, forgetting .01, floor .0001": sizes(8) | {"learner.forgetting": 0.01, "learner.floor": 0.0001},
    "3 states, two messages": sizes(3) | {"environment.num_messages": 2},
    "3 states, one of .9": sizes(3) | {"environment.prior": (0.9, 0.05, 0.05)},
    "3 states, a fifth misheard": sizes(3) | {"environment.noise": 0.2},
    "3 states, three senders and receivers": sizes(3) | {"network": "complete:n=6", "environment.num_senders": 3},
    "3 states, six who are both": sizes(3) | {"network": "complete:n=6", "environment.roles": "both"},
    "4 states, two symbols": sizes(4) | {"environment.symbols": (2, 2), "learner.sender": "roth_erev_speller"},
    "3 states, Bush-Mosteller": sizes(3)
    | {"learner.sender": "bush_mosteller_sender", "learner.receiver": "bush_mosteller_receiver"},
    "3 states, Q-learners": sizes(3)
    | {"learner.sender": "q_sender:beta=0.0001", "learner.receiver": "q_receiver:beta=0.0001"},
}


def main() -> None:
    """Print how well each pair or population understands each other in the end."""
    print(f"{'game':<40}{'success':<24}{'complete systems':<24}bits a message")
    for name, changes in GAMES.items():
        game = scenario().replace(changes | {"horizon.steps": PLAYS})
        metrics = run(game, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<40}{metrics['success_rate']!s:<24}{metrics['complete_rate']!s:<24}{metrics['information']}")


if __name__ == "__main__":
    main()
