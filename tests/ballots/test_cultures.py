import itertools
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socialsim.ballots.cultures import (
    CULTURES,
    culture_code,
    draw_electorate,
    draw_profiles,
    draw_rankings,
    shuffle_row,
)
from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams

SMALL_P = 1e-4
RUN = """
import json
from socialsim.ballots.cultures import draw_profiles
number = {"mallows": 0.7, "urn": 0.5}
names = ("impartial", "anonymous", "mallows", "urn", "spatial", "single_peaked")
draws = {c: [draw_profiles(c, 2, 4, m, seed=3, dispersion=number.get(c)).tolist() for m in (1, 3, 14)] for c in names}
print(json.dumps(draws))
"""


def counts_of(rankings):
    """Return how often each ranking of a flat list was drawn."""
    counted = dict.fromkeys(itertools.permutations(range(rankings.shape[-1])), 0)
    for row, count in zip(
        *np.unique(rankings.reshape(-1, rankings.shape[-1]), axis=0, return_counts=True), strict=True
    ):
        counted[tuple(row.tolist())] = int(count)
    return counted


def fits(counted, law):
    """Say whether counts are as probable as the law allows; what it excludes must not occur."""
    total = sum(counted.values())
    assert all(law[key] > 0 or count == 0 for key, count in counted.items())
    keys = [key for key in counted if law[key] > 0]
    return (
        len(keys) == 1 or stats.chisquare([counted[k] for k in keys], [law[k] * total for k in keys]).pvalue > SMALL_P
    )


def kendall(ranking):
    """Count the pairs that a ranking orders otherwise than 0, 1, 2, ..."""
    return sum(a > b for a, b in itertools.combinations(ranking, 2))


def beats_all(profile):
    """Return the candidate whom a majority prefers to each other one, or None."""
    places = np.argsort(profile, axis=1)
    for c in range(profile.shape[1]):
        if all((places[:, c] < places[:, other]).mean() > 0.5 for other in range(profile.shape[1]) if other != c):
            return c
    return None


# --- Laws --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_candidates", [1, 2, 3, 4])
def test_impartial_culture_draws_every_ranking_equally_often(num_candidates):
    counted = counts_of(draw_profiles("impartial", 20000, 3, num_candidates, seed=1))
    assert fits(counted, dict.fromkeys(counted, 1 / math.factorial(num_candidates)))


def test_impartial_voters_are_independent():
    pairs = draw_profiles("impartial", 40000, 2, 3, seed=2)
    codes = pairs[:, 0] @ [9, 3, 1] * 27 + pairs[:, 1] @ [9, 3, 1]
    _, counts = np.unique(codes, return_counts=True)
    assert len(counts) == 36
    assert stats.chisquare(counts).pvalue > SMALL_P


@pytest.mark.parametrize("num_candidates", [12, 13, 20])
def test_with_many_candidates_each_takes_each_place_equally_often(num_candidates):
    rankings = draw_profiles("impartial", 4000, 2, num_candidates, seed=3).reshape(-1, num_candidates)
    assert (np.sort(rankings, axis=1) == np.arange(num_candidates)).all()
    for place in (0, 1, num_candidates - 1):
        assert stats.chisquare(np.bincount(rankings[:, place], minlength=num_candidates)).pvalue > SMALL_P


def test_a_draw_that_would_make_some_ranking_likelier_is_rejected():
    # Of 32 bits with three candidates 2^32 mod 6 = 4 values are too many; those that leave less than 4, as 0 does, go.
    stream = np.zeros(4, np.uint64)  # draws 0 first
    with np.errstate(over="ignore"):
        shuffle_row(np.zeros((1, 3), np.int64), 0, stream)
    assert stream[3] > 1


def test_anonymous_culture_draws_every_multiset_of_rankings_equally_often():
    rankings = draw_profiles("anonymous", 60000, 4, 3, seed=4)
    codes = np.sort(rankings @ [9, 3, 1], axis=1)
    multisets, counts = np.unique(codes, axis=0, return_counts=True)
    assert len(multisets) == math.comb(4 + 6 - 1, 4)
    assert stats.chisquare(counts).pvalue > SMALL_P


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.8, 1.0])
def test_mallows_rankings_follow_their_probability_function(phi):
    weights = {r: phi ** kendall(r) for r in itertools.permutations(range(4))}
    rankings = draw_profiles("mallows", 20000, 2, 4, seed=5, dispersion=phi)
    assert fits(counts_of(rankings), {r: weight / sum(weights.values()) for r, weight in weights.items()})


def test_without_dispersion_all_hold_the_reference():
    assert (draw_profiles("mallows", 5, 7, 6, seed=6, dispersion=0.0) == np.arange(6)).all()


@pytest.mark.parametrize("alpha", [0.0, 0.25, 2.0])
@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
def test_any_two_voters_of_an_urn_agree_as_often_as_equation_1_says(alpha, pair):
    rankings = draw_profiles("urn", 20000, 3, 3, seed=7, dispersion=alpha)
    agreed = int((rankings[:, pair[0]] == rankings[:, pair[1]]).all(axis=1).sum())
    assert stats.binomtest(agreed, 20000, (alpha + 1 / 6) / (1 + alpha)).pvalue > SMALL_P


def test_an_urn_with_huge_copies_makes_all_agree():
    rankings = draw_profiles("urn", 100, 9, 4, seed=8, dispersion=1e12)
    assert (rankings == rankings[:, :1]).all()


def test_an_urn_with_one_copy_is_the_anonymous_culture():
    urn = draw_profiles("urn", 50, 6, 3, seed=9, dispersion=1 / 6)
    assert (urn == draw_profiles("anonymous", 50, 6, 3, seed=9)).all()


@pytest.mark.parametrize("num_candidates", [1, 2, 5])
def test_single_peaked_rankings_are_single_peaked_and_equally_likely(num_candidates):
    rankings = draw_profiles("single_peaked", 20000, 2, num_candidates, seed=10)
    single_peaked = {
        r
        for r in itertools.permutations(range(num_candidates))
        if all(max(r[:k]) - min(r[:k]) == k - 1 for k in range(1, num_candidates + 1))
    }
    law = {r: (r in single_peaked) / 2 ** (num_candidates - 1) for r in itertools.permutations(range(num_candidates))}
    assert len(single_peaked) == 2 ** (num_candidates - 1)
    assert fits(counts_of(rankings), law)


def test_a_long_axis_takes_more_bits_than_one_word_has():
    rankings = draw_profiles("single_peaked", 300, 5, 130, seed=11).reshape(-1, 130)
    assert (np.sort(rankings, axis=1) == np.arange(130)).all()
    assert stats.binomtest(int((rankings[:, 0] > 64).sum()), 1500, 1 / 2).pvalue > SMALL_P
    assert (np.maximum.accumulate(rankings, 1) - np.minimum.accumulate(rankings, 1) == np.arange(130)).all()


def test_on_a_line_the_median_voters_favourite_beats_all_others():
    # Black's theorem: single-peaked preferences and an odd number of voters.
    for culture in ("spatial", "single_peaked"):
        profiles = draw_profiles(culture, 200, 9, 5, seed=12, num_dimensions=1)
        assert None not in [beats_all(profile) for profile in profiles]


def test_in_the_impartial_culture_some_profiles_have_no_such_winner():
    lacking = sum(beats_all(profile) is None for profile in draw_profiles("impartial", 4000, 3, 3, seed=13))
    assert stats.binomtest(lacking, 4000, 1 / 18).pvalue > SMALL_P


# --- Utilities -----------------------------------------------------------------------------------------------------


def electorates(culture, num_voters, num_candidates, dispersion=0.0, count=200, num_dimensions=2):
    """Draw electorates by the entry for environments."""
    for stream in seed_streams(14, np.arange(count), Purpose.INITIAL):
        copy = stream.copy()
        positions = np.zeros((num_voters + num_candidates, num_dimensions))
        rankings = np.zeros((num_voters, num_candidates), np.int64)
        utilities = np.zeros((num_voters, num_candidates))
        with np.errstate(over="ignore"):
            draw_electorate(CULTURES[culture], dispersion, positions, rankings, utilities, stream)
        yield positions, rankings, utilities, copy


@pytest.mark.parametrize("culture", CULTURES)
def test_utilities_fall_along_every_ranking(culture):
    for _, rankings, utilities, _ in electorates(culture, 5, 4, dispersion=0.5):
        along = np.take_along_axis(utilities, rankings, axis=1)
        assert (np.diff(along, axis=1) <= 0).all()


@pytest.mark.parametrize("culture", CULTURES)
def test_rankings_are_the_same_with_and_without_utilities(culture):
    for positions, rankings, utilities, stream in electorates(culture, 5, 4, dispersion=0.5, count=20):
        again = np.zeros_like(rankings)
        with np.errstate(over="ignore"):
            draw_rankings(CULTURES[culture], 0.5, np.zeros_like(positions), again, np.zeros_like(utilities), stream)
        assert (again == rankings).all()


def test_utilities_along_a_ranking_are_the_order_statistics_of_uniform_numbers():
    along = np.concatenate(
        [np.take_along_axis(u, r, axis=1) for _, r, u, _ in electorates("mallows", 20, 4, dispersion=0.3)]
    )
    for k in range(4):  # the k-th largest of four has a Beta(4 - k, k + 1) law
        assert stats.kstest(along[:, k], stats.beta(4 - k, k + 1).cdf).pvalue > SMALL_P


def test_in_space_utility_is_minus_the_distance_between_normal_points():
    points = []
    for positions, _, utilities, _ in electorates("spatial", 6, 3, num_dimensions=3):
        distance = np.linalg.norm(positions[:6, None] - positions[None, 6:], axis=2)
        assert np.allclose(utilities, -distance, rtol=1e-14)
        points.append(positions.ravel())
    assert stats.kstest(np.concatenate(points), stats.norm.cdf).pvalue > SMALL_P


# --- Seeds and bits ------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**40), st.integers(1, 6), st.integers(1, 15))
def test_a_profile_is_the_same_however_many_are_drawn(seed, num_voters, num_candidates):
    many = draw_profiles("impartial", 3, num_voters, num_candidates, seed=seed)
    one = draw_profiles("impartial", 1, num_voters, num_candidates, seed=seed)
    assert (many[:1] == one).all()
    assert (np.sort(many, axis=2) == np.arange(num_candidates)).all()


@pytest.mark.compiled
def test_uncompiled_functions_give_the_same_bits():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    printed = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True)
    numbers = {"mallows": 0.7, "urn": 0.5}
    for culture, drawn in json.loads(printed.stdout).items():
        for num_candidates, profiles in zip((1, 3, 14), drawn, strict=True):
            here = draw_profiles(culture, 2, 4, num_candidates, seed=3, dispersion=numbers.get(culture))
            assert here.tolist() == profiles


# --- Bad input ------------------------------------------------------------------------------------------------------


def test_an_unknown_culture_is_named_with_what_is_accepted():
    with pytest.raises(ParameterError, match="unknown culture 'malows'; did you mean 'mallows'"):
        draw_profiles("malows", 1, 3, 3, seed=1)


@pytest.mark.parametrize(
    ("culture", "dispersion", "accepted"),
    [
        ("mallows", None, "a float, >= 0, <= 1"),
        ("mallows", 1.1, "a float, >= 0, <= 1"),
        ("mallows", math.nan, "a float, >= 0, <= 1"),
        ("urn", -0.1, "a float, >= 0"),
        ("urn", math.inf, "a float, >= 0"),
        ("urn", True, "a float, >= 0"),
        ("impartial", 0.5, "none"),
    ],
)
def test_a_dispersion_that_the_culture_does_not_take_is_refused(culture, dispersion, accepted):
    with pytest.raises(ParameterError) as error:
        culture_code(culture, dispersion)
    assert (
        str(error.value) == f"dispersion: {dispersion!r} is not accepted with culture {culture}; accepted: {accepted}"
    )


@pytest.mark.parametrize("name", ["num_profiles", "num_voters", "num_candidates", "num_dimensions"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True])
def test_a_size_below_one_is_refused(name, value):
    sizes = {"num_profiles": 1, "num_voters": 1, "num_candidates": 1, "num_dimensions": 1, name: value}
    with pytest.raises(ParameterError, match=f"{name}: {value!r} is not accepted; accepted: an int, >= 1"):
        draw_profiles("spatial", seed=1, **sizes)
