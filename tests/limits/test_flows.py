"""Learning flows: what is known of each, and of the form that they share."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import softmax

from socialsim.core.errors import NetworkError, ParameterError, SolverError
from socialsim.engine.discovery import learner_classes
from socialsim.limits.flows import FLOWS, Meetings, best_response, boltzmann_q, imitation, logit, replicator
from socialsim.limits.flows.meetings import follow
from socialsim.networks.graphons import StepGraphon

PENNIES = [[1.0, -1.0], [-1.0, 1.0]]
ROCK_PAPER_SCISSORS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
HAWK_DOVE = np.array([[-1.0, 4.0], [0.0, 2.0]])  # V = 4, C = 6
STAG_HUNT = np.array([[4.0, 0.0], [3.0, 2.0]])
DILEMMA = np.array([[3.0, 0.0], [4.0, 1.0]])
PARTNERS = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 4.0]])  # symmetric: a potential game
START = np.array([0.5, 0.3, 0.2])

OPTIONS = {
    "replicator": {},
    "logit": {"temperature": 0.5},
    "boltzmann_q": {"temperature": 0.5},
    "best_response": {},
    "imitation": {"selection": 1.5},
}
every_flow = pytest.mark.parametrize("name", OPTIONS)


def followed(name, payoffs, start, times, **options):
    return FLOWS[name].follow(payoffs, start, times, **OPTIONS[name], **options)


# --- what is known of each -----------------------------------------------------------------------------------


def test_two_populations_of_replicators_conserve_the_sum_of_logarithms_in_rock_paper_scissors():
    game = Meetings(ROCK_PAPER_SCISSORS, -ROCK_PAPER_SCISSORS)
    x, y = replicator(game, (START, [0.2, 0.2, 0.6]), np.linspace(0, 50, 101))
    energy = np.log(x).sum(axis=1) + np.log(y).sum(axis=1)
    assert np.ptp(x[:, 0]) > 0.2  # it moves
    np.testing.assert_allclose(energy, energy[0], atol=1e-7)


def test_one_population_of_replicators_conserves_the_product_of_shares_in_rock_paper_scissors():
    x = replicator(ROCK_PAPER_SCISSORS, START, np.linspace(0, 50, 101))
    np.testing.assert_allclose(x.prod(axis=1), START.prod(), rtol=1e-7)


def test_boltzmann_q_without_temperature_is_the_replicator():
    times = np.linspace(0, 5, 6)
    found = boltzmann_q(PARTNERS, START, times, temperature=0.0)
    np.testing.assert_allclose(found, replicator(PARTNERS, START, times), atol=1e-10)


def test_temperature_pulls_rock_paper_scissors_to_the_middle():
    game = Meetings(ROCK_PAPER_SCISSORS, -ROCK_PAPER_SCISSORS)
    x, y = boltzmann_q(game, (START, [0.2, 0.2, 0.6]), [0.0, 200.0], temperature=0.1)
    np.testing.assert_allclose([x[-1], y[-1]], 1 / 3, atol=1e-6)


def test_replicators_in_a_dilemma_follow_the_logistic_curve():
    times = np.linspace(0, 8, 9)
    x = replicator(DILEMMA, [0.9, 0.1], times)[:, 1]
    np.testing.assert_allclose(x, 1 / (1 + 9 * np.exp(-times)), rtol=1e-8)  # the difference of payoffs is 1 always


@pytest.mark.parametrize(("name", "end"), [("replicator", 200.0), ("imitation", 500.0), ("boltzmann_q", 500.0)])
def test_shares_that_spiral_out_never_leave_the_simplex(name, end):
    """Where losing costs more than winning brings, the rarest share becomes tiny, and comes back."""
    payoffs = np.array([[0.0, -2.0, 1.0], [1.0, 0.0, -2.0], [-2.0, 1.0, 0.0]])
    options = {"boltzmann_q": {"temperature": 1e-3}, "imitation": {"selection": 2.0}, "replicator": {}}[name]
    x = FLOWS[name].follow(payoffs, [0.4, 0.3, 0.3], np.linspace(0, end, 401), **options)
    np.testing.assert_allclose(x.sum(axis=1), 1.0, atol=1e-12)
    assert x.min() >= 0.0
    for share in x.T:
        rare = np.flatnonzero(share < 1e-9)
        assert share[rare[0] :].max() > 0.9  # each has been rare, and has come back


@pytest.mark.parametrize("temperature", [0.01, 0.05, 0.5])
def test_the_odds_of_cold_q_learners_in_a_dilemma_relax_exponentially(temperature):
    times, start = np.linspace(0, 10, 11), math.log(0.9 / 0.1)
    x = boltzmann_q(3.0 * DILEMMA, [0.9, 0.1], times, temperature=temperature)
    rest = -3.0 / temperature  # ln(x_C / x_D)' = -3 - tau ln(x_C / x_D)
    exact = rest + (start - rest) * np.exp(-temperature * times)
    np.testing.assert_allclose(np.log(x[:, 0] / x[:, 1]), exact, rtol=1e-8)


def test_what_nobody_does_at_first_nobody_will_do():
    for name in ("replicator", "imitation"):
        x = followed(name, PARTNERS, [0.5, 0.5, 0.0], [0.0, 3.0])
        assert x[-1, 2] == 0.0
        alone = followed(name, PARTNERS[:2, :2], [0.5, 0.5], [0.0, 3.0])
        np.testing.assert_allclose(x[-1, :2], alone[-1], atol=1e-12)


@pytest.mark.parametrize("name", ["replicator", "best_response", "imitation"])
def test_hawks_become_as_many_as_they_are_in_equilibrium(name):
    x = followed(name, HAWK_DOVE, [0.1, 0.9], [0.0, 30.0])
    assert x[-1, 0] == pytest.approx(2 / 3, abs=1e-3 if name == "best_response" else 1e-6)


@pytest.mark.parametrize("temperature", [0.2, 0.5, 2.0])
@pytest.mark.parametrize("flow", [logit, boltzmann_q])
def test_the_rest_point_is_the_quantal_response_equilibrium(flow, temperature):
    def gap(hawks):
        paid = HAWK_DOVE @ np.array([hawks, 1 - hawks])
        return hawks - 1 / (1 + math.exp(-(paid[0] - paid[1]) / temperature))

    x = flow(HAWK_DOVE, [0.1, 0.9], [0.0, 150.0], temperature=temperature)
    assert x[-1, 0] == pytest.approx(brentq(gap, 0, 1, xtol=1e-14), abs=1e-8)


def test_logit_and_boltzmann_q_are_one_flow_in_two_coordinates():
    times, tau = np.linspace(0, 6, 13), 0.7
    beliefs = logit(PARTNERS, START, times, temperature=tau)
    chances = boltzmann_q(PARTNERS, softmax(PARTNERS @ START / tau), times / tau, temperature=tau)
    np.testing.assert_allclose(softmax(beliefs @ PARTNERS.T / tau, axis=1), chances, atol=1e-8)


def test_a_cold_logit_flow_is_the_best_response_flow():
    times = np.linspace(0, 4, 9)
    x = best_response(STAG_HUNT, [0.8, 0.2], times)
    np.testing.assert_allclose(logit(STAG_HUNT, [0.8, 0.2], times, temperature=0.01), x, atol=1e-8)
    np.testing.assert_allclose(x[:, 1], 0.2 * np.exp(-times), rtol=1e-9)


@every_flow
def test_a_potential_game_is_climbed(name):
    x = followed(name, PARTNERS, START, np.linspace(0, 10, 201))
    potential = np.einsum("ta,ab,tb->t", x, PARTNERS, x) / 2
    if "temperature" in OPTIONS[name]:
        potential -= OPTIONS[name]["temperature"] * np.sum(x * np.log(x), axis=1)
    assert potential[-1] > potential[0] + 0.1
    assert np.diff(potential).min() > -1e-9


def test_the_gain_that_is_left_in_a_zero_sum_game_falls_exponentially_under_best_response():
    times = np.linspace(0, 4, 17)
    x, y = best_response(Meetings(PENNIES, -np.array(PENNIES)), ([0.9, 0.1], [0.6, 0.4]), times)
    gain = (y @ np.array(PENNIES).T).max(axis=1) - (x @ np.array(PENNIES)).min(axis=1)
    np.testing.assert_allclose(gain, gain[0] * np.exp(-times), atol=1e-5)


def test_best_response_slides_within_the_shortest_side():
    x = best_response(HAWK_DOVE, [0.1, 0.9], np.linspace(0, 3, 31))[:, 0]
    reached = np.log(0.9 / (1 / 3))  # hawks gain exp(-t) of the rest until they are two thirds
    times = np.linspace(0, 3, 31)
    exact = np.where(times < reached, 1 - 0.9 * np.exp(-times), 2 / 3)
    np.testing.assert_allclose(x, exact, atol=1e-3)


def test_weakly_selected_imitation_is_the_replicator_in_slow_time():
    times, w = np.linspace(0, 4, 5), 1e-3
    slow = imitation(PARTNERS, START, times * 2 / w, selection=w)
    np.testing.assert_allclose(slow, replicator(PARTNERS, START, times), atol=1e-5)


# --- the form that they share --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIONS)
@settings(max_examples=30)
@given(
    payoffs=st.lists(st.floats(-3, 3), min_size=9, max_size=9),
    raw=st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3),
)
def test_shares_remain_shares(name, payoffs, raw):
    start = np.array(raw) / sum(raw)
    x = followed(name, np.reshape(payoffs, (3, 3)), start, [0.0, 0.1, 0.5])
    np.testing.assert_allclose(x.sum(axis=1), 1.0, atol=1e-9)
    assert x.min() > -1e-9


@every_flow
def test_a_constant_graphon_is_the_homogeneous_flow(name):
    times = [0.0, 0.5, 2.0]
    found = followed(name, Meetings(PARTNERS, graphon=0.3, nodes=4), START, times)
    many = followed(name, Meetings(PARTNERS, graphon=lambda x, y: 0.3 + 0 * x * y, nodes=5), START, times)
    alone = followed(name, PARTNERS, START, times)
    assert many.shape == (3, 5, 3)
    np.testing.assert_allclose(found, alone[:, None], atol=1e-13)
    np.testing.assert_allclose(many, np.broadcast_to(alone[:, None], many.shape), atol=1e-13)


@pytest.mark.parametrize("name", sorted(set(OPTIONS) - {"imitation"}))  # who look at those whom they meet
def test_two_blocks_that_meet_only_each_other_are_two_populations(name):
    times, first, second = [0.0, 0.5, 2.0], [0.2, 0.8], [0.7, 0.3]
    blocks = StepGraphon([[0.0, 1.0], [1.0, 0.0]], [0.3, 0.7])
    on_blocks = followed(name, Meetings(STAG_HUNT, graphon=blocks), [first, second], times)
    rows, columns = followed(name, Meetings(STAG_HUNT, STAG_HUNT.T), (first, second), times)
    np.testing.assert_allclose(on_blocks, np.stack([rows, columns], axis=1), atol=1e-13)


def test_a_step_graphon_is_several_populations():
    matrix, sizes = np.array([[0.9, 0.2], [0.2, 0.5]]), np.array([0.25, 0.75])
    start = np.array([[0.2, 0.8], [0.7, 0.3]])
    x = replicator(Meetings(HAWK_DOVE, graphon=StepGraphon(matrix, sizes)), start, [0.0, 1.0], step=1e-3)
    by_hand = start.copy()
    for _ in range(1000):
        met = np.array([(matrix[k] * sizes) @ by_hand / (matrix[k] @ sizes) for k in range(2)])
        paid = met @ HAWK_DOVE.T
        by_hand = by_hand + 1e-3 * by_hand * (paid - (by_hand * paid).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(x[-1], by_hand, atol=1e-13)


def test_imitators_on_a_graphon_copy_what_is_done_where_they_look():
    matrix, sizes, w, h = np.array([[0.9, 0.2], [0.2, 0.5]]), np.array([0.25, 0.75]), 1.5, 0.1
    x = np.array([[0.2, 0.8], [1.0, 0.0]])
    game = Meetings(HAWK_DOVE, graphon=StepGraphon(matrix, sizes))
    found = imitation(game, x, [0.0, h], selection=w, step=h)[-1]
    looks = matrix * sizes / (matrix @ sizes)[:, None]
    paid = looks @ x @ HAWK_DOVE.T
    by_hand = x.copy()
    for here in range(2):
        for there in range(2):
            for own, other in ((0, 1), (1, 0)):
                chance = 1 / (1 + math.exp(-w * (paid[there, other] - paid[here, own])))
                moved = h * looks[here, there] * x[here, own] * x[there, other] * chance
                by_hand[here, own] -= moved
                by_hand[here, other] += moved
    np.testing.assert_allclose(found, by_hand, atol=1e-15)
    assert found[1, 1] > 0.005  # doves come in from the other block


def test_who_meets_nobody_copies_nobody():
    lonely = Meetings(DILEMMA, graphon=StepGraphon([[0.0, 0.0], [0.0, 1.0]]))
    x = imitation(lonely, [0.5, 0.5], [0.0, 3.0], selection=1.0)
    np.testing.assert_allclose(x[-1, 0], 0.5, atol=1e-12)
    assert x[-1, 1, 0] < 0.2


def test_who_meets_nobody_is_paid_nothing():
    lonely = Meetings(DILEMMA, graphon=StepGraphon([[0.0, 0.0], [0.0, 1.0]]))
    x = replicator(lonely, [0.5, 0.5], [0.0, 3.0])
    np.testing.assert_allclose(x[-1, 0], 0.5, atol=1e-12)
    assert x[-1, 1, 0] < 0.1


def test_rows_and_columns_may_have_different_numbers_of_actions():
    payoffs = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0]])
    game = Meetings(payoffs, -payoffs)
    rows, columns = game.paid(game.begin(([0.25, 0.75], [0.5, 0.5, 0.0])))
    np.testing.assert_allclose(rows, [[1.5, 1.5]])
    np.testing.assert_allclose(columns, [[-0.25, -2.75, -0.75]])


@every_flow
def test_small_steps_of_agents_who_revise_at_once_lead_to_the_flow_with_order_one(name):
    payoffs, start, times = STAG_HUNT, [0.8, 0.2], [0.0, 1.0]
    exact = followed(name, payoffs, start, times)[-1, 0]
    coarse, fine = (abs(followed(name, payoffs, start, times, step=h)[-1, 0] - exact) for h in (0.02, 0.005))
    assert 3.6 < coarse / fine < 4.4


def test_learners_that_are_named_exist():
    assert {learner for flow in FLOWS.values() for learner in flow.learners} <= set(learner_classes())
    assert set(OPTIONS) | {"q_values"} == set(FLOWS)


# --- bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[1.0, 2.0]], [1.0], [0, 1]), {}, "payoffs: shape (1, 2) is not accepted"),
        (([[math.nan]], [1.0], [0, 1]), {}, "accepted: rows of finite numbers"),
        ((DILEMMA, [0.5, 0.6], [0, 1]), {}, "accepted: shares >= 0 that sum to 1"),
        ((DILEMMA, [1.0], [0, 1]), {}, "accepted: (2,) or (1, 2)"),
        ((DILEMMA, [0.5, 0.5], [0, 0]), {}, "times: [0.0, 0.0] is not accepted"),
        ((DILEMMA, [0.5, 0.5], [0, 1]), {"step": 0.3}, "accepted: whole numbers of steps of 0.3"),
        ((DILEMMA, [0.5, 0.5], [0, 1]), {"step": -1.0}, "step: -1.0 is not accepted"),
        ((DILEMMA, [0.5, 0.5], [0, 1]), {"step": math.inf}, "step: inf is not accepted"),
        ((DILEMMA, [0.5, 0.5], [0, 10]), {"step": 10.0}, "accepted: a step so short that shares remain >= 0"),
        ((Meetings(DILEMMA, DILEMMA), ([0.5, 0.5],), [0, 1]), {}, "start: 1 populations are not accepted"),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(ParameterError) as error:
        replicator(*arguments, **options)
    assert message in str(error.value)


def test_bad_options_are_named():
    with pytest.raises(ParameterError, match="column_payoffs: shape"):
        Meetings(DILEMMA, [[1.0]])
    with pytest.raises(ParameterError, match=r"temperature: 0\.0 is not accepted"):
        logit(DILEMMA, [0.5, 0.5], [0, 1], temperature=0.0)
    with pytest.raises(ParameterError, match=r"temperature: -1\.0 is not accepted"):
        boltzmann_q(DILEMMA, [0.5, 0.5], [0, 1], temperature=-1.0)
    with pytest.raises(ParameterError, match="accepted: shares > 0"):
        boltzmann_q(DILEMMA, [1.0, 0.0], [0, 1], temperature=1.0)
    with pytest.raises(ParameterError, match=r"selection: 0\.0 is not accepted"):
        imitation(DILEMMA, [0.5, 0.5], [0, 1], selection=0.0)
    with pytest.raises(ParameterError, match="at most 1"):
        best_response(DILEMMA, [0.5, 0.5], [0, 1], step=2.0)
    with pytest.raises(NetworkError, match="accepted: symmetric"):
        Meetings(DILEMMA, graphon=[[0.0, 1.0], [0.5, 0.0]])


def test_a_flow_of_ones_own_is_followed():
    x = follow(lambda shares, paid: 0.5 - shares, DILEMMA, [1.0, 0.0], [0.0, math.log(2)])
    np.testing.assert_allclose(x[-1], [0.75, 0.25], atol=1e-9)
    with pytest.raises(SolverError, match="shares are below 0"):
        follow(lambda shares, paid: np.array([[1.0, -1.0]]), DILEMMA, [0.5, 0.5], [0.0, 1.0])
