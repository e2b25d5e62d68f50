import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import SFC64, Generator, SeedSequence
from scipy import stats

from socialsim.core import streams
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, alias_table, restart, seed_streams

pytestmark = pytest.mark.compiled

NUM_DRAWS = 20_000
UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong sampler has a far smaller p-value


@compiled
def fill(kind, stream, a, b, out):
    """Fill an array with draws of one kind; one driver is one compilation."""
    for k in range(out.shape[0]):
        if kind == 0:
            out[k] = streams.uniform(stream)
        elif kind == 1:
            out[k] = streams.integer(stream, np.int64(a))
        elif kind == 2:
            out[k] = streams.normal(stream)
        elif kind == 3:
            out[k] = streams.exponential(stream)
        elif kind == 4:
            out[k] = streams.gamma(stream, a)
        elif kind == 5:
            out[k] = streams.beta(stream, a, b)
        else:
            out[k] = streams.geometric(stream, a)


KINDS = ("uniform", "integer", "normal", "exponential", "gamma", "beta", "geometric")


@compiled
def fill_words(stream, out):
    for k in range(out.shape[0]):
        out[k] = streams.draw_word(stream)


@compiled
def fill_alias(stream, accept, shift, out):
    for k in range(out.shape[0]):
        out[k] = streams.draw_alias(stream, accept.reshape((1, -1)), shift.reshape((1, -1)), 0)


@compiled
def fill_categorical(stream, weights, out):
    for k in range(out.shape[0]):
        out[k] = streams.categorical(stream, weights)


def a_stream(seed=1):
    return seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]


def numpys(seed=1, replication=0, purpose=Purpose.DYNAMICS, point_words=()):
    return SFC64(SeedSequence(seed, spawn_key=(*point_words, replication, int(purpose))))


def draws(kind, a=0.0, b=0.0, seed=1, num_draws=NUM_DRAWS):
    out = np.empty(num_draws)
    fill(KINDS.index(kind), a_stream(seed), float(a), float(b), out)
    return out


# --- Seeding ---------------------------------------------------------------------------------------------------


@given(
    st.integers(0, 2**300),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4),
    st.sampled_from(list(Purpose)),
    st.lists(st.integers(0, 2**32 - 1), max_size=3),
)
def test_streams_start_where_numpys_do(seed, replications, purpose, point_words):
    ours = seed_streams(seed, np.array(replications), purpose, tuple(point_words))
    for stream, replication in zip(ours, replications, strict=True):
        theirs = numpys(seed, replication, purpose, point_words).state["state"]["state"]
        assert stream.tolist() == theirs.tolist()


@settings(max_examples=20)
@given(st.integers(0, 2**70))
def test_words_are_numpys(seed):
    words = np.empty(50, np.uint64)
    fill_words(a_stream(seed), words)
    assert words.tolist() == numpys(seed).random_raw(50).tolist()


def test_a_replication_has_the_same_stream_alone_and_among_others():
    among = seed_streams(5, np.arange(100), Purpose.LEARNERS)
    alone = seed_streams(5, np.array([71]), Purpose.LEARNERS)
    assert among[71].tolist() == alone[0].tolist()


def test_purposes_and_replications_and_points_never_share_a_stream():
    starts = {
        tuple(stream)
        for purpose in Purpose
        for point in ((), (0,), (1,), (0, 1))
        for stream in seed_streams(3, np.arange(20), purpose, point).tolist()
    }
    assert len(starts) == len(Purpose) * 4 * 20


@pytest.mark.parametrize("seed", [-1, 1.0, "1", None, True])
def test_a_seed_that_is_no_natural_number_is_refused(seed):
    with pytest.raises(ParameterError, match=r"^seed: .* is not accepted; accepted: an integer >= 0$"):
        seed_streams(seed, np.arange(2), Purpose.DYNAMICS)


# --- Drawing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 7, 2**64 + 1])
def test_uniform_numbers_are_those_of_numpys_generator_bit_for_bit(seed):
    assert draws("uniform", seed=seed).tolist() == Generator(numpys(seed)).random(NUM_DRAWS).tolist()


@pytest.mark.parametrize("stop", [1, 2, 3, 10, 2**31 + 1, 3 * 2**30, 2**32 - 1])
def test_integers_follow_lemires_algorithm_in_exact_arithmetic(stop):
    words = iter(numpys().random_raw(3000).tolist())

    def lemire():
        while (product := (next(words) >> 32) * stop) % 2**32 < 2**32 % stop:
            pass
        return product >> 32

    assert draws("integer", stop, num_draws=1000).tolist() == [lemire() for _ in range(1000)]


def test_a_huge_stop_rejects_words_and_stays_unbiased():
    stop, stream, out = 3 * 2**30, a_stream(), np.empty(NUM_DRAWS)
    fill(1, stream, float(stop), 0.0, out)
    num_words = int(stream[3]) - int(a_stream()[3])  # the state's last word counts the draws
    assert num_words / NUM_DRAWS == pytest.approx(4 / 3, abs=3 * math.sqrt(4 / 9 / NUM_DRAWS))
    assert stats.kstest(out / stop, "uniform").pvalue > UNLIKELY


@pytest.mark.parametrize("stop", [2, 3, 7, 100])
def test_integers_are_uniform(stop):
    counts = np.bincount(draws("integer", stop).astype(int), minlength=stop)
    assert len(counts) == stop
    assert stats.chisquare(counts).pvalue > UNLIKELY


@pytest.mark.parametrize(
    ("kind", "a", "b", "distribution"),
    [
        ("normal", 0, 0, stats.norm()),
        ("exponential", 0, 0, stats.expon()),
        ("gamma", 0.3, 0, stats.gamma(0.3)),
        ("gamma", 1, 0, stats.gamma(1)),
        ("gamma", 7.5, 0, stats.gamma(7.5)),
        ("gamma", 1e6, 0, stats.gamma(1e6)),
        ("beta", 0.5, 2, stats.beta(0.5, 2)),
        ("beta", 3, 3, stats.beta(3, 3)),
        ("beta", 400, 100, stats.beta(400, 100)),
    ],
)
def test_continuous_draws_have_their_distribution(kind, a, b, distribution):
    assert stats.kstest(draws(kind, a, b), distribution.cdf).pvalue > UNLIKELY


@pytest.mark.parametrize(("a", "b"), [(1e-4, 1e-4), (1e-6, 3e-6), (2e-5, 1e-5)])
def test_beta_with_tiny_parameters_is_a_coin(a, b):
    found = draws("beta", a, b)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    share = a / (a + b)
    assert found.mean() == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / NUM_DRAWS))


@pytest.mark.parametrize("probability", [0.9, 0.3, 0.05])
def test_geometric_draws_have_their_distribution(probability):
    found, law = draws("geometric", probability).astype(int), stats.geom(probability, loc=-1)
    last = int(law.ppf(1 - 10 / NUM_DRAWS))
    observed = np.bincount(np.minimum(found, last), minlength=last + 1)
    expected = np.append(law.pmf(np.arange(last)), law.sf(last - 1)) * NUM_DRAWS
    assert stats.chisquare(observed, expected, sum_check=False).pvalue > UNLIKELY


def test_geometric_ends_are_at_once_and_never():
    assert draws("geometric", 1.0, num_draws=3).tolist() == [0, 0, 0]
    assert draws("geometric", 0.0, num_draws=3).tolist() == [4e18] * 3
    assert (draws("geometric", 1e-300, num_draws=3) <= 4e18).all()


@pytest.mark.parametrize("weights", [[1.0, 2.0, 3.0], [0.0, 5.0, 0.0, 1.0], [1e-300, 3e-300], [7.0]])
def test_categorical_draws_in_proportion_to_the_weights(weights):
    out, weights = np.empty(NUM_DRAWS, np.int64), np.array(weights)
    fill_categorical(a_stream(), weights, out)
    counts, possible = np.bincount(out, minlength=len(weights)), weights > 0
    assert counts[~possible].sum() == 0
    if possible.sum() > 1:
        expected = weights[possible] / weights.sum() * NUM_DRAWS
        assert stats.chisquare(counts[possible], expected).pvalue > UNLIKELY


# --- Alias tables ----------------------------------------------------------------------------------------------


def reproduced(accept, shift):
    """Return what the tables give: each column has mass 1/n, of which ``accept`` stays and the rest moves."""
    masses = accept.copy()
    np.add.at(masses, np.arange(len(accept)) + shift, 1.0 - accept)
    return masses / len(accept)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200))
def test_alias_tables_reproduce_every_probability(weights):
    assume(sum(weights) > 1e-3)
    probabilities = np.array(weights) / math.fsum(weights)
    accept, shift = alias_table(probabilities)
    assert ((accept >= 0) & (accept <= 1)).all()
    assert reproduced(accept, shift) == pytest.approx(probabilities, abs=1e-14)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
def test_alias_tables_of_multiples_of_a_power_of_two_are_exact(weights):
    weights.append(4096 - sum(weights))
    weights += [0] * (64 - len(weights))
    probabilities = np.array(weights) / 4096
    assert reproduced(*alias_table(probabilities)).tolist() == probabilities.tolist()


def test_alias_draws_have_the_probabilities():
    probabilities, out = np.array([0.05, 0.0, 0.4, 0.3, 0.25]), np.empty(NUM_DRAWS, np.int64)
    fill_alias(a_stream(), *alias_table(probabilities), out)
    counts = np.bincount(out, minlength=5)
    assert counts[1] == 0
    possible = probabilities > 0
    assert stats.chisquare(counts[possible], probabilities[possible] * NUM_DRAWS).pvalue > UNLIKELY


# --- Restarts --------------------------------------------------------------------------------------------------


def restarted(key, step, agent_index, purpose, before=(1, 2, 3, 4)):
    stream = np.array(before, np.uint64)
    restart(stream, np.uint64(key), step, agent_index, purpose)
    return tuple(stream.tolist())


def test_restarts_differ_for_every_key_step_agent_and_purpose():
    places = [(k, t, i, p) for k in (0, 1, 2**63) for t in range(12) for i in range(-1, 8) for p in range(16)]
    assert len({restarted(*place) for place in places}) == len(places)


@given(st.integers(0, 2**64 - 1), st.integers(0, 10**9), st.integers(-1, 10**6), st.integers(0, 15), st.data())
def test_a_restart_forgets_the_streams_former_state(key, step, agent_index, purpose, data):
    before = data.draw(st.tuples(*[st.integers(0, 2**64 - 1)] * 4))
    assert restarted(key, step, agent_index, purpose, before) == restarted(key, step, agent_index, purpose)


def test_first_draws_after_restarts_of_neighbouring_agents_and_steps_are_uniform_and_unrelated():
    table = np.array([[restarted(9, t, i, 3)[:3] for i in range(60)] for t in range(60)], np.uint64)
    first = (table.sum(axis=2) + np.uint64(13) >> np.uint64(11)) * 2.0**-53  # a + b + w: the next word
    assert stats.kstest(first.ravel(), "uniform").pvalue > UNLIKELY
    for before, after in ((first[:-1], first[1:]), (first[:, :-1], first[:, 1:])):
        assert abs(np.corrcoef(before.ravel(), after.ravel())[0, 1]) < 4 / math.sqrt(before.size)
