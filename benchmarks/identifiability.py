"""What FC can tell of regional parameters: the best that any fit could do in `fits.py recovery`.

    .venv/bin/python benchmarks/identifiability.py [REGIONS A]

The network near its fixed point, by linear theory: FC of BOLD, its derivatives by model.w and model.I_o of each region
and by coupling.a, and from these how well parameters that were drawn as those of `fits.py` could be told from FC of so
many samples, each entry with an error of (1 - r^2) / sqrt(n): correlations of the Gaussian posterior's mean with the
true values.
"""

import pathlib
import sys
import tempfile

import fits
import h5py
import numpy

A, B, D, GAMMA, TAU_S = 0.27, 0.108, 154.0, 0.641, 100.0
J_N = fits.J_N
A_SD = 0.3  # of what is known of coupling.a beforehand
SAMPLES = (100, 200, 1200, 7200)
STEPS = {"model.w": 1e-4, "model.I_o": 1e-6, "coupling.a": 1e-4}


def get_rate(x):
    u = A * x - B
    return u / -numpy.expm1(-D * u)


def get_rate_slope(x, step=1e-6):
    return (get_rate(x + step) - get_rate(x - step)) / (2 * step)


def get_input(weights, values, S):
    return values["model.I_o"] + J_N * (values["coupling.a"] * weights @ S + values["model.w"] * S)


def find_fixed_point(weights, values):
    S = numpy.full(len(weights), 0.1)
    for _ in range(4000):  # of 20 ms
        S = S + 20 * ((1 - S) * GAMMA * get_rate(get_input(weights, values, S)) - S / TAU_S)
    return S


def get_fc(weights, values):
    """Correlations of BOLD: the noise that each region gets, through the network and the haemodynamic response."""
    S, n = find_fixed_point(weights, values), len(weights)
    x = get_input(weights, values, S)
    by_input = (1 - S) * GAMMA * get_rate_slope(x) * J_N
    network = by_input[:, None] * (values["coupling.a"] * weights + numpy.diag(values["model.w"] * numpy.ones(n)))
    network -= numpy.diag(1 / TAU_S + GAMMA * get_rate(x))
    covariance = numpy.zeros((n, n))
    for hertz in numpy.linspace(0, 1, 41):
        s = 2j * numpy.pi * hertz  # the response is that of a damped oscillator: tau_s 0.8 s, tau_f 0.4 s
        response = 1 / ((s + 1 / 1.6) ** 2 + 1 / 0.4 - 1 / (4 * 0.8**2))
        through = numpy.linalg.inv(s / 1000 * numpy.eye(n) - network) * response
        covariance += (through @ through.conj().T).real * (0.5 if hertz == 0 else 1)
    deviation = numpy.sqrt(numpy.diag(covariance))
    return (covariance / numpy.outer(deviation, deviation))[numpy.triu_indices(n, 1)], S


def differentiate(weights, values):
    """[pair][parameter]: model.w and model.I_o of every region, and coupling.a."""
    columns = []
    for name, step in STEPS.items():
        for k in range(numpy.size(values[name])):
            change = numpy.zeros_like(numpy.atleast_1d(values[name]))
            change[k] = step
            change = change if numpy.ndim(values[name]) else change[0]
            ends = [get_fc(weights, {**values, name: values[name] + sign * change})[0] for sign in (1, -1)]
            columns.append((ends[0] - ends[1]) / (2 * step))
    return numpy.array(columns).T


def tell(weights, values):
    """Best correlations [samples][w, I_o, own input], and between what w and I_o of a region do to FC."""
    n = len(weights)
    fc, S = get_fc(weights, values)
    deviations = numpy.concatenate([numpy.full(n, numpy.ptp(limits) / numpy.sqrt(12))
                                    for limits in (fits.TRUE_W, fits.TRUE_I_O)] + [[A_SD]])
    effect = differentiate(weights, values) * deviations
    own_input = numpy.hstack([numpy.diag(J_N * S), numpy.eye(n), numpy.zeros((n, 1))]) * deviations
    best = []
    for n_samples in SAMPLES:
        information = effect.T @ (effect * (n_samples / (1 - fc**2) ** 2)[:, None])
        posterior = numpy.linalg.inv(information + numpy.eye(2 * n + 1))
        left = [numpy.diag(posterior)[:n].mean(), numpy.diag(posterior)[n : 2 * n].mean(),
                numpy.trace(own_input @ posterior @ own_input.T) / numpy.trace(own_input @ own_input.T)]
        best.append(numpy.sqrt(1 - numpy.array(left)))
    w, I_o = effect[:, :n], effect[:, n : 2 * n]
    alike = (w * I_o).sum(0) / (numpy.linalg.norm(w, axis=0) * numpy.linalg.norm(I_o, axis=0))
    return best, numpy.median(alike), fc


def main():
    n, a = (int(sys.argv[1]), float(sys.argv[2])) if len(sys.argv) > 2 else (24, 1.1)
    with tempfile.TemporaryDirectory() as scratch:
        truths = [fits.draw_truth(n, a, seed) for seed in range(1, 5)]
        with h5py.File(fits.simulate(pathlib.Path(scratch), truths[0], 8, 120000.0)) as file:
            weights = file["inputs/weights"][...]
    weights /= weights.max()
    told = [tell(weights, {name: numpy.array(value) for name, value in truth.items()}) for truth in truths]
    print(f"cosine of what w and I_o of a region do to FC, median over regions: {numpy.mean([t[1] for t in told]):.2f}")
    print(f"FC {numpy.mean([t[2].mean() for t in told]):.3f}, deviation {numpy.mean([t[2].std() for t in told]):.3f}")
    for n_samples, best in zip(SAMPLES, numpy.mean([t[0] for t in told], 0)):
        print(f"| {n_samples} | " + " | ".join(f"{value:.2f}" for value in best) + " |")


if __name__ == "__main__":
    main()
