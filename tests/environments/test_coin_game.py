"""The coin game, by hand, as a chain of positions, and between learners."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.coin_game import METRICS, CoinGame, own_share, scenario, small
from socialsim.grids.codes import COIN, EMPTY
from socialsim.testing.links import by_hand

NORTH, EAST, SOUTH, WEST, STAY = range(5)
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))


def board(red, blue, coin, owner, **rules):
    """Return the state with the players and a coin on given cells."""
    env = CoinGame(**rules).state(2)
    env.row[:], env.column[:] = zip(red, blue, strict=True)
    env.coin[:] = *coin, owner
    return env


def advance(env, actions, stream, version=lambda f: f, presence=(0, 0)):
    """Return the rewards of one step."""
    rewards = np.full(2, np.nan)
    version(CoinGame.advance)(env, by_hand(2, presence), np.array(actions), rewards, stream)
    return rewards.tolist()


def places(env):
    return list(zip(env.row.tolist(), env.column.tolist(), strict=True))


# --- By hand ---------------------------------------------------------------------------------------------------


def test_players_leave_on_one_side_and_enter_on_the_other(version, stream):
    env = board((0, 0), (2, 2), (1, 1), 0)
    assert advance(env, [NORTH, EAST], stream, version) == [0.0, 0.0]
    assert places(env) == [(2, 0), (2, 0)]
    assert advance(env, [WEST, SOUTH], stream, version) == [0.0, 0.0]
    assert places(env) == [(2, 2), (0, 0)]
    assert env.heading.tolist() == [WEST, SOUTH]
    assert env.coin.tolist() == [1, 1, 0]


def test_players_pass_through_each_other_and_may_stay_where_that_is_an_action(stream):
    env = board((1, 0), (1, 1), (2, 2), 0, stays=True)
    advance(env, [EAST, WEST], stream)
    assert places(env) == [(1, 1), (1, 0)]
    advance(env, [STAY, STAY], stream)
    assert places(env) == [(1, 1), (1, 0)]


@pytest.mark.parametrize(
    ("owner", "actions", "rewards", "own", "others"),
    [
        (0, [EAST, NORTH], [1.0, 0.0], [1, 0], [0, 0]),
        (1, [EAST, NORTH], [1.0, -2.0], [0, 0], [1, 0]),
        (0, [NORTH, WEST], [-2.0, 1.0], [0, 0], [0, 1]),
        (1, [NORTH, WEST], [0.0, 1.0], [0, 1], [0, 0]),
        (0, [EAST, WEST], [-1.0, 1.0], [1, 0], [0, 1]),
        (1, [EAST, WEST], [1.0, -1.0], [0, 1], [1, 0]),
    ],
)
def test_who_takes_a_coin_gains_one_and_its_owner_loses_two(version, stream, owner, actions, rewards, own, others):
    env = board((1, 0), (1, 2), (1, 1), owner)
    assert advance(env, actions, stream, version) == rewards
    assert (env.own_coins.tolist(), env.others_coins.tolist()) == (own, others)
    assert env.num_coins.tolist() == [1]
    assert env.coin[2] == 1 - owner  # colours take turns
    assert env.returns.tolist() == rewards


@pytest.mark.parametrize(("owner", "rewards"), [(0, [1.0, 0.0]), (1, [1.0, -2.0])])
def test_the_first_player_alone_takes_a_coin_if_the_rules_say_so(version, stream, owner, rewards):
    env = board((1, 0), (1, 2), (1, 1), owner, preset="foerster_2018")
    assert advance(env, [EAST, WEST], stream, version) == rewards


def test_nobody_takes_a_coin_that_lies_elsewhere(stream):
    env = board((0, 0), (0, 1), (2, 2), 1)
    assert advance(env, [SOUTH, SOUTH], stream) == [0.0, 0.0]
    assert env.num_coins.tolist() == [0]
    assert env.time.tolist() == [1]


@pytest.mark.parametrize("gone", [1, 2])
def test_a_player_that_is_away_stands_still_and_is_not_paid(version, stream, gone):
    env = board((1, 0), (1, 2), (1, 1), 1)
    assert advance(env, [EAST, WEST], stream, version, presence=(0, gone)) == [1.0, 0.0]
    assert places(env) == [(1, 1), (1, 2)]


def test_the_number_of_the_state_says_where_the_other_and_the_coin_are_and_whose_it_is(version):
    env = board((2, 2), (0, 1), (1, 2), owner=1)
    observe = version(CoinGame.observe)
    assert observe(env, by_hand(2), 0) == 2 * (9 * (1 * 3 + 2) + 2 * 3) + 1  # other: 1 south, 2 east; coin: 2 south
    assert observe(env, by_hand(2), 1) == 2 * (9 * (2 * 3 + 1) + 1 * 3 + 1)


def test_each_player_sees_the_board_as_its_own(version):
    env = board((2, 2), (0, 1), (1, 2), owner=1, observation="window")
    planes = np.full((2, 4, 3, 3), 9, np.uint8)
    for i in range(2):
        version(CoinGame.observe)(env, by_hand(2), i, planes[i])
    assert [np.argwhere(planes[0, k]).tolist() for k in range(4)] == [[[2, 2]], [[0, 1]], [], [[1, 2]]]
    assert (planes[1] == planes[0, [1, 0, 3, 2]]).all()
    assert planes.max() == 1


def test_the_picture_shows_players_and_coin():
    state = board((2, 2), (0, 1), (1, 2), owner=1)
    frame = CoinGame().frame(
        type(state)(*(np.array([value]) if hasattr(value, "shape") else value for value in state)), 0
    )
    assert frame.cells.tolist() == [[EMPTY] * 3, [EMPTY, EMPTY, COIN + 1], [EMPTY] * 3]
    assert frame.positions.tolist() == [[2, 2], [0, 1]]


# --- Properties ------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.booleans(), st.booleans(), st.integers(0, 1000), st.integers(1, 40))
def test_coins_lie_where_nobody_stands_and_rewards_add_up(size, both_take, alternates, seed, num_steps):
    model = CoinGame(size=size, both_take=both_take, alternates=alternates, stays=True)
    env, stream = model.state(2), seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]
    CoinGame.initialise(env, by_hand(2), stream)
    assert places(env)[0] != places(env)[1]
    total, draws = np.zeros(2), np.random.default_rng(seed)
    for _ in range(num_steps):
        owner, coins = env.coin[2], env.num_coins[0]
        total += advance(env, draws.integers(5, size=2), stream)
        assert tuple(env.coin[:2]) not in places(env)
        assert env.coin.min() >= 0
        assert env.coin[:2].max() < size
        assert not alternates or env.coin[2] == (owner if env.num_coins[0] == coins else 1 - owner)
    assert total.tolist() == env.returns.tolist()
    assert (env.returns == env.own_coins + env.others_coins - 2 * env.others_coins[::-1]).all()  # eq. 1
    assert total.sum() == env.own_coins.sum() - env.others_coins.sum()


@given(st.integers(2, 6), st.data())
def test_the_number_of_the_state_is_the_same_wherever_the_border_is_drawn_and_different_otherwise(size, data):
    cells = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    red, blue, coin, shift = (data.draw(cells) for _ in range(4))
    moved = [tuple((np.add(cell, shift) % size).tolist()) for cell in (red, blue, coin)]
    observe = CoinGame.observe
    number = observe(board(red, blue, coin, 1, size=size), by_hand(2), 0)
    assert number == observe(board(*moved, 1, size=size), by_hand(2), 0)
    other, way = divmod(number // 2, size**2)
    assert tuple(np.add(red, divmod(other, size)) % size) == blue
    assert tuple(np.add(red, divmod(way, size)) % size) == coin


@pytest.mark.parametrize(("blue", "num_free"), [((0, 2), 7), ((1, 1), 8)])
def test_a_new_coin_is_as_likely_on_every_free_cell_and_in_either_colour(stream, blue, num_free):
    counts = np.zeros((2, 3, 3))
    for _ in range(4000):
        env = board((1, 0), blue, (1, 1), 1, alternates=False, stays=True)
        advance(env, [EAST, STAY], stream)
        counts[env.coin[2], env.coin[0], env.coin[1]] += 1
    free = counts[counts > 0]
    assert len(free) == 2 * num_free
    assert stats.chisquare(free).pvalue > 1e-4


# --- Two roads: the chain of all positions, and the loop -----------------------------------------------------------


def distance(a, b, size):
    return sum(min((x - y) % size, (y - x) % size) for x, y in zip(a, b, strict=True))


def moved(cell, step, size):
    return (cell[0] + step[0]) % size, (cell[1] + step[1]) % size


def chances(takes, place, coin, is_own, size):
    """Return the chance of each step of a player that takes "all" coins or its "own", or acts at random ("none")."""
    if takes == "none":
        fits = [True] * 4
    elif takes == "all" or is_own:
        fits = [distance(moved(place, step, size), coin, size) < distance(place, coin, size) for step in STEPS]
    else:
        fits = [moved(place, step, size) != coin for step in STEPS]
    return np.array(fits) / sum(fits)


def long_run(red_takes, blue_takes, size, *, both_take, alternates):
    """Return mean rewards (red, blue) and coins of a step of the stationary chain, red being on cell (0, 0)."""
    cells = list(itertools.product(range(size), repeat=2))
    states = [(b, c, w) for b in cells for c in cells for w in (0, 1) if c not in ((0, 0), b)]
    number = {state: k for k, state in enumerate(states)}
    passage, gains = np.zeros((len(states), len(states))), np.zeros((len(states), 3))
    for k, (blue, coin, owner) in enumerate(states):
        red_steps = chances(red_takes, (0, 0), coin, owner == 0, size)
        blue_steps = chances(blue_takes, blue, coin, owner == 1, size)
        for (a, p), (b, q) in itertools.product(enumerate(red_steps), enumerate(blue_steps)):
            red_at, blue_at = moved((0, 0), STEPS[a], size), moved(blue, STEPS[b], size)
            takers = [i for i, cell in enumerate((red_at, blue_at)) if cell == coin]
            for i in takers if both_take else takers[:1]:
                gains[k, i] += p * q
                gains[k, owner] -= 2 * p * q if i != owner else 0
            gains[k, 2] += p * q if takers else 0
            free = [cell for cell in cells if cell not in (red_at, blue_at)] if takers else [coin]
            colours = ((1 - owner,) if alternates else (0, 1)) if takers else (owner,)
            for cell, colour in itertools.product(free, colours):
                back = tuple(moved(each, (-red_at[0], -red_at[1]), size) for each in (blue_at, cell))
                passage[k, number[(*back, colour)]] += p * q / len(free) / len(colours)
    balance = (np.eye(len(states)) - passage).T
    balance[-1] = 1.0
    return np.linalg.solve(balance, np.eye(len(states))[-1]) @ gains


@pytest.mark.parametrize("alternates", [True, False])
@pytest.mark.parametrize(
    ("red", "blue", "both_take", "expected"),
    [
        ("all", "all", True, (0, 0, Fraction(2, 3))),
        ("all", "all", False, (Fraction(2, 3), Fraction(-2, 3), Fraction(2, 3))),
        ("own", "own", True, (Fraction(249, 742), Fraction(249, 742), Fraction(249, 371))),
        ("own", "own", False, (Fraction(249, 742), Fraction(249, 742), Fraction(249, 371))),
        ("none", "none", True, (0, 0, Fraction(119, 558))),
        ("none", "none", False, (Fraction(7, 558), Fraction(-7, 558), Fraction(119, 558))),
    ],
)
def test_the_values_of_the_module_are_those_of_the_chain(red, blue, both_take, alternates, expected):
    solved = long_run(red, blue, 3, both_take=both_take, alternates=alternates)
    assert solved.tolist() == pytest.approx([float(value) for value in expected], abs=1e-12)


def test_it_is_a_prisoners_dilemma():
    cells = {
        pair: long_run(*pair, 3, both_take=True, alternates=True)[:2]
        for pair in itertools.product(["own", "all"], repeat=2)
    }
    reward, punishment = cells["own", "own"][0], cells["all", "all"][0]
    sucker, temptation = cells["own", "all"]
    assert (round(temptation, 4), round(sucker, 4)) == (0.6251, -0.2605)
    assert temptation > reward > punishment > sucker
    assert 2 * reward > temptation + sucker


STRATEGY = {"all": "coin_taker", "own": "coin_taker:takes=own", "none": "uniform_random"}


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("red", "blue", "preset", "size"),
    [
        ("all", "all", "foerster_2018", 3),
        ("own", "own", "zhao_2022", 3),
        ("own", "all", "zhao_2022", 3),
        ("none", "all", "foerster_2018", 3),
        ("own", "none", "lerer_2017", 3),
        ("own", "all", "lerer_2017", 5),
    ],
)
def test_simulated_rewards_are_those_of_the_chain(red, blue, preset, size):
    model = CoinGame(preset=preset, size=size)
    players = {"red": STRATEGY[red], "blue": STRATEGY[blue]}
    runs = run(
        Scenario(model, players, "complete:n=2", 2000, METRICS), replications=100, seed=3, record_every=None
    ).runs
    solved = long_run(red, blue, size, both_take=model.both_take, alternates=model.alternates)
    for values, exact in zip((runs.red_reward, runs.blue_reward, runs.coins / runs.steps), solved, strict=True):
        assert (
            abs(values.mean() - exact) < 4 * values.std() / np.sqrt(len(values)) + 0.003
        )  # the start is not stationary


# --- Learners --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_selfish_learners_take_half_of_each_colour_and_prosocial_ones_their_own():
    selfish = run(scenario(), replications=20, seed=1, record_every=None).metrics
    team = run(scenario().replace({"preference": "shared_reward"}), replications=20, seed=1, record_every=None).metrics
    assert 0.48 < selfish["own_share"].low < selfish["own_share"].high < 0.52
    assert abs(selfish["reward_per_step"].value) < 0.02
    assert team["own_share"].low > 0.95
    assert team["reward_per_step"].low > 0.2


def test_a_run_without_coins_has_no_share():
    result = run(small().replace({"horizon.steps": 0}), replications=2)
    assert np.isnan(own_share(result).value)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("network", "complete:n=3", r"^network: coin_game needs 2 agents, red and blue, not 3$"),
        ("environment.size", 1, r"^environment.size: 1 is not accepted; accepted: an int, >= 2"),
        ("environment.preset", "lerer", r"did you mean 'lerer_2017'"),
        ("environment.observation", "window", r"needs discrete observations"),
        ("environment.observation", "rgb", r"^environment.observation: 'rgb' is not accepted"),
    ],
)
def test_what_cannot_be_is_refused(path, value, message):
    with pytest.raises(ParameterError, match=message):
        run(small().replace({path: value}))


def test_another_preset_brings_its_own_rules_and_keeps_the_observation():
    model = CoinGame(observation="window", size=4).replace(preset="lerer_2017", stays=True)
    assert (model.size, model.both_take, model.alternates, model.stays) == (5, True, False, True)
    assert model.observation == "window"
