"""What people's choices between two things go by: logistic regression on a difference between them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from gazesim.checks import as_floats, check_shape


def choice_r2(first_chosen: ArrayLike, difference: ArrayLike) -> float:
    """Return how much of the choices a difference explains: McFadden's R2 of a logistic regression with intercept.

    Parameters
    ----------
    first_chosen : (n,)
        1 where the first of two was chosen, 0 where the second was.
    difference : (n,)
        How much the first has more of something than the second, such as similarity to a third.

    Returns
    -------
    float
        1 minus the ratio of the log likelihoods with and without the difference: 0 where it tells nothing, 1 where it
        tells all. NaN where the same one was always chosen.

    Raises
    ------
    ValueError
        If the arrays differ in length, or a choice is neither 0 nor 1.

    References
    ----------
    McFadden (1974), Conditional logit analysis of qualitative choice behavior, in Frontiers in Econometrics, 105-142.

    Examples
    --------
    >>> round(choice_r2([1, 1, 0, 1, 0, 0], [2, 1, 0.5, -0.5, -1, -2]), 3)
    0.335
    """
    chosen = as_floats("first_chosen", np.asarray(first_chosen) * 1, ("n",))
    apart = as_floats("difference", difference, ("n",))
    check_shape("difference", apart, (len(chosen),))
    if (wrong := chosen[(chosen != 0) & (chosen != 1)]).size:
        raise ValueError(f"first_chosen holds {wrong[0]:g}, expected 1 or 0")
    if not 0 < (share := chosen.mean()) < 1:
        return float("nan")
    spread = apart.std()
    scaled = (apart - apart.mean()) / (spread if spread > 0 else 1)
    signs = 2 * chosen - 1

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        against = -signs * (weights[0] + weights[1] * scaled)
        slope = -signs / (1 + np.exp(-against))
        return float(np.logaddexp(0, against).sum()), np.array([slope.sum(), slope @ scaled])

    fitted = minimize(loss, np.array([np.log(share / (1 - share)), 0.0]), jac=True, method="L-BFGS-B").fun
    alone = -len(chosen) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return float(max(0.0, 1 - fitted / alone))
