"""What goes in comes out: parameters within their intervals as often as these say, and models."""

import numpy as np
import pytest
from scipy.stats import binomtest

from socialsim.core.errors import ParameterError
from socialsim.inference.recovery import ModelRecovery, recover, recover_models
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.learning.roth_erev import RothErev

pytestmark = pytest.mark.compiled

LEARNER = BoltzmannQ(discount=0.0)
RANGES = {"alpha": (0.05, 0.95), "temperature": (0.1, 0.8)}


@pytest.fixture(scope="module")
def recovery():
    payoffs = np.random.default_rng(3).random((60, 150, 2)) < [0.3, 0.7]
    return recover(LEARNER, RANGES, payoffs, seed=4)


@pytest.mark.parametrize("name", RANGES)
def test_intervals_hold_the_truth_as_often_as_they_say(recovery, name):
    coverage = recovery.coverage(name)
    assert coverage.num_runs >= 45
    assert binomtest(round(coverage.value * coverage.num_runs), coverage.num_runs, 0.95).pvalue > 1e-3


@pytest.mark.parametrize("name", RANGES)
def test_what_comes_out_follows_what_went_in(recovery, name):
    assert recovery.correlation(name).low > 0.6
    assert abs(recovery.error(name).value) < 0.1


def test_an_interval_from_the_wrong_experiment_does_not_cover(recovery):
    """The control: truths of other subjects are held less often."""
    rows = recovery.table.query("parameter == 'temperature'").dropna()
    others = np.roll(rows.true, 1)
    assert ((rows.low <= others) & (others <= rows.high)).mean() < 0.7


def test_truths_may_be_given_and_are_checked():
    payoffs = np.random.default_rng(1).random((2, 80, 2)) < [0.2, 0.8]
    given = recover(LEARNER, ["alpha"], payoffs, interval="none", true={"alpha": [0.2, 0.6]})
    assert given.table.true.tolist() == [0.2, 0.6]
    assert given.coverage("alpha").reason == "no runs"
    assert given.error("alpha").num_runs == 2
    with pytest.raises(ParameterError, match="true: temperature are not accepted; accepted: alpha"):
        recover(LEARNER, ["alpha"], payoffs, true={"temperature": [0.2, 0.6]})
    with pytest.raises(ParameterError, match=r"true: alpha of shape \(1,\) is not accepted"):
        recover(LEARNER, ["alpha"], payoffs, true={"alpha": [0.2]})


def test_truths_have_streams_of_their_own():
    """Each subject has its own, whatever their number; payoffs that a caller draws with the same seed share nothing."""
    payoffs = np.random.default_rng(1).random((6, 40, 2))
    few, many = (recover(LEARNER, {"alpha": (0.001, 1.0)}, payoffs[:k], seed=1, interval="none").table for k in (3, 6))
    assert few.true.tolist() == many.true.tolist()[:3]
    drawn = 0.001 + 0.999 * np.random.default_rng(1).random(6)
    assert not np.isclose(many.true, drawn).any()


def test_models_are_told_apart():
    models = {
        "values": (LEARNER, {"alpha": (0.2, 0.9), "temperature": (0.1, 0.3)}),
        "urns": (RothErev(), {"initial_weight": (0.5, 5.0)}),
    }
    payoffs = np.random.default_rng(5).random((12, 200, 2)) < [0.3, 0.7]
    found = recover_models(models, payoffs, seed=5)
    assert found.share("values", "values").value > 0.8
    assert found.share("urns", "urns").value > 0.8
    with pytest.raises(ParameterError, match="criterion: 'r2' is not accepted"):
        recover_models(models, payoffs, criterion="r2")


def test_confusion_and_inversion_by_hand():
    found = ModelRecovery(("a", "b"), np.array([[0, 0, 0, 0], [0, 0, 1, 1]]))
    assert found.confusion().to_numpy().tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert found.inversion().to_numpy() == pytest.approx(np.array([[2 / 3, 0.0], [1 / 3, 1.0]]))
    never = ModelRecovery(("a", "b"), np.zeros((2, 3), np.int64)).inversion()
    assert np.isnan(never["b"]).all()
