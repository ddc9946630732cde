"""The published workflow once more, from its equations alone, in numpy: loss and exact gradient of a small network.

Derivatives are imaginary parts (Squire and Trapp 1998): a parameter that is moved by i h moves the loss by i h dL/dp up
to h^2, without a difference of numbers that are nearly the same. So a route through this shares neither code nor method
with the program's reverse mode."""

import statistics

import numpy

STEP_MS, INTERIM_PER_SAMPLE, N_TAPS = 4.0, 250, 5000
TINY = 1e-30
CONSTANTS = dict(a=0.27, b=0.108, d=154.0, gamma=0.641, tau_s=100.0, J_N=0.2609)


def threefry(seed, n):
    """Threefry-2x32, 20 rounds, of the counters 0 ... n - 1 (Salmon et al. 2011), as 64-bit words."""
    mask = numpy.uint64(0xFFFFFFFF)
    key = [numpy.uint64(seed >> 32), numpy.uint64(seed & 0xFFFFFFFF)]
    key.append(key[0] ^ key[1] ^ numpy.uint64(0x1BD11BDA))
    x = [numpy.zeros(n, numpy.uint64) + key[0], (numpy.arange(n, dtype=numpy.uint64) + key[1]) & mask]
    for group in range(5):
        for bits in [(13, 15, 26, 6), (17, 29, 16, 24)][group % 2]:
            x[0] = (x[0] + x[1]) & mask
            x[1] = (x[1] << numpy.uint64(bits) | x[1] >> numpy.uint64(32 - bits)) & mask ^ x[0]
        x[0] = (x[0] + key[(group + 1) % 3]) & mask
        x[1] = (x[1] + key[(group + 2) % 3] + numpy.uint64(group + 1)) & mask
    return x[0] << numpy.uint64(32) | x[1]


def draw_noise(seed, n_steps, n_nodes):
    """Normal numbers z [step][node]: the quantiles of uniform numbers in (-1, 1)."""
    bits = threefry(seed, n_steps * n_nodes) >> numpy.uint64(12) | numpy.uint64(0x3FF0000000000000)
    lowest = numpy.nextafter(-1.0, 0.0)
    uniform = numpy.maximum(lowest, (bits.view(numpy.float64) - 1) * (1 - lowest) + lowest)
    quantile = statistics.NormalDist().inv_cdf
    return numpy.array([quantile((1 + u) / 2) if u < 0 else -quantile((1 - u) / 2) for u in uniform]).reshape(-1, n_nodes)


def clip(S):
    return numpy.where(S.real <= 0, 0, numpy.where(S.real >= 1, 1, S))


def simulate(weights, w, I_o, coupling_a, sigma, z, S):
    """States [step][case][node]; w and I_o [case][node] may be complex."""
    c = CONSTANTS

    def slope(S, coupling):
        u = c["a"] * (I_o + c["J_N"] * coupling + w * c["J_N"] * S) - c["b"]
        return -S / c["tau_s"] + (1 - S) * c["gamma"] * u / -numpy.expm1(-c["d"] * u)

    states = numpy.empty((len(z), *w.shape), complex)
    for t, z_t in enumerate(z):
        coupling, n = coupling_a * (S @ weights.T), numpy.sqrt(STEP_MS) * sigma * z_t
        k1 = slope(S, coupling)
        k2 = slope(clip(S + STEP_MS * k1 + n), coupling)
        states[t] = S = clip(S + STEP_MS / 2 * (k1 + k2) + n)
    return states


def take_bold(history, x):
    """Samples [sample][case][node]."""
    tau_s, tau_f, t = 0.8, 0.4, 0.004 * numpy.arange(N_TAPS)
    omega = numpy.sqrt(1 / tau_f - 1 / (4 * tau_s**2))
    taps = numpy.exp(-t / (2 * tau_s)) * numpy.sin(omega * t) / omega / 3
    signal = numpy.concatenate([history, x])
    ends = range(INTERIM_PER_SAMPLE - 2, len(x), INTERIM_PER_SAMPLE)
    y = [numpy.tensordot(taps, signal[N_TAPS + end : end : -1], 1) for end in ends]
    return 5.6 * 0.02 * (numpy.array(y) - 1)


def correlate(x, y):
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    return (x * y).sum(-1) / numpy.sqrt((x * x).sum(-1) * (y * y).sum(-1))


class Experiment:
    """One seed's loss by w and I_o of every node, everything else being fixed."""

    def __init__(self, weights, target, seed, duration_ms, sigma, skip, base, weight_fc_corr=0.0):
        n_steps, n = int(duration_ms / STEP_MS), len(weights)
        self.weights, self.target, self.skip, self.sigma = weights, target, skip, sigma
        self.coupling_a, self.weight_fc_corr = base["a"], weight_fc_corr
        self.z = draw_noise(seed, n_steps, n)
        whole = numpy.ones((1, n), complex)
        warmup = simulate(weights, base["w"] * whole, base["I_o"] * whole, base["a"], sigma, self.z, 0.1 * whole)
        self.start, self.history = warmup[-1], warmup[-N_TAPS:]

    def evaluate(self, w, I_o):
        """Loss and gradient [2 n] by w and I_o of every node, rmse, fc_corr."""
        n = len(w)
        moved = numpy.vstack([numpy.zeros(2 * n), TINY * numpy.eye(2 * n)])  # nothing, then each parameter
        cases = (w + 1j * moved[:, :n], I_o + 1j * moved[:, n:])
        start = numpy.broadcast_to(self.start, cases[0].shape)
        states = simulate(self.weights, *cases, self.coupling_a, self.sigma, self.z, start)
        history = numpy.broadcast_to(self.history, (N_TAPS, *cases[0].shape))
        bold = take_bold(history, states)[self.skip :].transpose(1, 2, 0)
        fc = correlate(bold[:, :, None, :], bold[:, None, :, :]) * (1 - numpy.eye(n))
        rmse = numpy.sqrt(((fc - self.target) ** 2).mean((1, 2)))
        fc_corr = correlate(fc.reshape(len(fc), -1), self.target.ravel())
        loss = rmse + self.weight_fc_corr * (1 - fc_corr)
        return loss[0].real, loss[1:].imag / TINY, rmse[0].real, fc_corr[0].real


def descend(evaluate, start, n_steps, learning_rate, b1=0.9, b2=0.999, eps=1e-8, clip_norm=numpy.inf, rate=lambda x: 1.0,
            bounds=None):
    """Adam as optax has it: parameters of all entries, their losses, and the norms of their gradients. With bounds
    (low, high) [parameter] the steps are made in x, where p = low + (high - low) / (1 + exp(-4 x / (high - low)))."""
    low, high = bounds or (numpy.full(start.shape, -numpy.inf), numpy.full(start.shape, numpy.inf))
    bounded, width = numpy.isfinite(low), numpy.where(numpy.isfinite(low), high - low, 1.0)
    safe_low, safe_high = numpy.where(bounded, low, -1e9), numpy.where(bounded, high, 1e9)
    x = numpy.where(bounded, width / 4 * numpy.log((start - safe_low) / (safe_high - start)), start)
    m, v, trace = numpy.zeros(x.shape), numpy.zeros(x.shape), []
    for k in range(n_steps + 1):
        s = 1 / (1 + numpy.exp(-4 * numpy.where(bounded, x, 0) / width))
        p = numpy.where(bounded, safe_low + width * s, x)
        loss, gradient = evaluate(p)
        g = gradient * numpy.where(bounded, 4 * s * (1 - s), 1)
        norm = numpy.linalg.norm(g)
        trace.append((p, loss, norm))
        g = g * min(1, clip_norm / norm)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        step = (m / (1 - b1 ** (k + 1))) / (numpy.sqrt(v / (1 - b2 ** (k + 1))) + eps)
        x = x - learning_rate * rate(k / n_steps) * step
    return tuple(map(numpy.array, zip(*trace)))
