"""What runs of elections come to, and that no candidate has an advantage."""

import numpy as np
import pytest
from scipy.stats import chi2

from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.voting import small


def test_runs_that_settle_before_the_window_is_full_have_converged():
    nash = small().replace({"learner": "best_reply:revision_rate=0.3", "environment.observation": "payoffs"})
    result = run(nash.replace({"environment.window": 200, "horizon.steps": 300}), replications=60, seed=1)
    settled = result.runs.stop == "settled"
    assert (settled & (result.runs.steps < 200)).sum() > 40
    assert result.metrics["convergence"].value == (settled | (result.runs.period == 1)).mean()
    assert result.metrics["cycles"].value == (~settled & (result.runs.period > 1)).mean()
    cut = run(nash.replace({"environment.window": 200, "horizon.steps": 12}), replications=60, seed=1)
    kept = int((cut.runs.stop == "settled").sum())
    assert 0 < kept < 60
    assert (cut.metrics["convergence"].value, cut.metrics["convergence"].num_runs) == (1.0, kept)


@pytest.mark.compiled
@pytest.mark.parametrize("ties", ["mean", "random"])
def test_unless_the_first_of_equals_wins_all_candidates_are_elected_alike(ties):
    """Neutrality: shares of elections won, a chi-square test with the covariance over runs."""
    rules = {"learner": "poll_reply", "environment.ties": ties, "environment.culture": "impartial"}
    town = small().replace(rules | {"environment.num_candidates": 4, "network.n": 30})
    simulation = Simulation(town, seed=3, replications=range(600))
    for step in range(30):
        simulation.advance(step)
    elected = simulation.environment.elected
    shares = elected / elected.sum(axis=1, keepdims=True)
    off = shares.mean(axis=0)[:3] - 0.25
    assert 600 * off @ np.linalg.solve(np.cov(shares[:, :3].T), off) < chi2.ppf(0.999, 3)


def test_elections_without_votes_have_no_parties():
    home = small().replace({"environment.abstention": True, "environment.voting_cost": 30.0, "horizon.steps": 300})
    home = home.replace({"learner": "best_reply:revision_rate=0.3", "environment.observation": "payoffs"})
    result = run(home, replications=40, seed=1, record_every=None)
    assert (result.runs.parties.dropna() >= 1.0).all()
    nobody = run(home.replace({"environment.burn_in": 100, "environment.window": 200}), replications=40, seed=1)
    still = nobody.runs[nobody.runs.turnout == 0.0]
    assert still.parties.isna().all()


def test_utilitarian_efficiency_is_a_ratio_of_sums():
    result = run(small(), replications=30, seed=1, record_every=None)
    runs = result.runs
    assert result.metrics["utilitarian"].value == pytest.approx(runs.utility_gain.sum() / runs.possible_gain.sum())
    sincere = result.metrics["sincere_utilitarian"].value
    assert sincere == pytest.approx(runs.sincere_utility_gain.sum() / runs.possible_gain.sum())
    assert sincere != pytest.approx((runs.sincere_utility_gain / runs.possible_gain).mean(), abs=1e-4)


def test_of_a_ballot_file_utilitarian_efficiency_is_undefined(tmp_path):
    path = tmp_path / "town.csv"
    path.write_text("count,1,2,3\n4,A,B,C\n3,B,C,A\n")
    town = {"environment.culture": "file", "environment.ballots": str(path), "environment.rule": "borda"}
    metrics = run(small().replace(town), replications=3, seed=1).metrics
    assert metrics["utilitarian"].reason == metrics["sincere_utilitarian"].reason == (
        "ballot files say nothing of utilities"
    )  # fmt: skip


def test_an_electorate_that_is_not_drawn_yet_has_measures_too():
    """`socialsim describe` names the columns of the table from a state before the first step."""
    voters = small()
    found = voters.environment.outcomes(Simulation(voters, seed=1, replications=range(2)).environment)
    assert {"utility_gain", "possible_gain", "manipulable", "regret", "period"} <= set(found)
