"""Clusters of fixations, against scikit-learn where it is installed."""

import numpy as np
import pytest

from gazesim.metrics import cluster_centres, sequence_score
from gazesim.metrics.clusters import estimated_bandwidth


def crowd(seed=0, n=40):
    random = np.random.default_rng(seed)
    places = np.array([[100.0, 100], [500, 150], [300, 500]])
    return places, [random.normal(place, 12, (n, 2)) for place in places]


def test_separate_crowds_are_found():
    places, points = crowd()
    found = cluster_centres(points, bandwidth_px=80)
    assert found.shape == (3, 2)
    order = np.argsort(found[:, 1])
    np.testing.assert_allclose(found[order], places, atol=8)
    np.testing.assert_allclose(found[order], [cloud.mean(axis=0) for cloud in points], atol=1e-6)


def test_the_largest_crowd_comes_first_and_the_order_of_people_does_not_matter():
    _, (few, many, none) = crowd(1)
    found = cluster_centres([few[:5], many], bandwidth_px=80)
    assert found[0, 0] > found[1, 0]
    np.testing.assert_allclose(cluster_centres([many[::-1], few[:5][::-1]], bandwidth_px=80), found)
    assert len(none)


def test_equal_fixations_are_one_cluster():
    assert cluster_centres([[[7, 8]] * 5]).tolist() == [[7, 8]]
    assert cluster_centres([[[7, 8, 200]], [[np.nan, 3, 100]]]).tolist() == [[7, 8]]


def test_centres_serve_the_sequence_score():
    _, points = crowd(2)
    people = [np.stack(path) for path in zip(*points, strict=True)]
    centres = cluster_centres(people)
    assert sequence_score(people[0], people[1], centres=centres) == 1
    assert sequence_score(people[0], people[1][::-1], centres=centres) == pytest.approx(1 / 3)


def test_bandwidth_and_centres_agree_with_scikit_learn():
    cluster = pytest.importorskip("sklearn.cluster", reason="scikit-learn is not installed")
    for seed in range(5):
        points = np.random.default_rng(seed).uniform(0, 600, (90, 2))
        bandwidth = cluster.estimate_bandwidth(points)
        assert estimated_bandwidth(points) == pytest.approx(bandwidth)
        wanted = cluster.MeanShift(bandwidth=bandwidth).fit(points).cluster_centers_
        np.testing.assert_allclose(cluster_centres([points]), wanted, atol=1e-6)


def test_wrong_input_is_one_line():
    with pytest.raises(ValueError, match=r"^paths hold no fixation, expected at least one$"):
        cluster_centres([[], [[np.nan, 1]]])
    with pytest.raises(ValueError, match=r"^bandwidth_px is 0, expected a finite number above 0$"):
        cluster_centres([[[1, 2]]], bandwidth_px=0)
