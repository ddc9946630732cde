"""Writes noise_values.h: single elements of the noise, from Python's integers, exact fractions and mpmath alone.

    python3 tests/data/make_noise_values.py > tests/data/noise_values.h
"""

import struct
from fractions import Fraction

import mpmath

mpmath.mp.dps = 60
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
MASK = 0xFFFFFFFF
ELEMENTS = [(0, 0), (42, 0), (42, 1), (42, 2519999), (2**63 + 5, 0), (2**63 + 5, 2**32 - 1), (2**63 + 5, 2**32),
            (2**63 + 5, 2**32 + 80), (2**64 - 1, 2**33 + 7)]


def threefry2x32(key, counter):
    """20 rounds, as in Salmon et al. 2011."""
    words = [key >> 32, key & MASK]
    words.append(words[0] ^ words[1] ^ 0x1BD11BDA)
    x = [((counter >> 32) + words[0]) & MASK, ((counter & MASK) + words[1]) & MASK]
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            x[0] = (x[0] + x[1]) & MASK
            x[1] = ((x[1] << rotation) | (x[1] >> (32 - rotation))) & MASK
            x[1] ^= x[0]
        x[0] = (x[0] + words[(group + 1) % 3]) & MASK
        x[1] = (x[1] + words[(group + 2) % 3] + group + 1) & MASK
    return x


def round_float32(exact):
    """The float nearest to a fraction, halves to even: via a double-rounding-free search."""
    guess = struct.unpack("f", struct.pack("f", float(exact)))[0]
    neighbours = [guess]
    bits = struct.unpack("I", struct.pack("f", guess))[0]
    for step in (-1, 1):
        if 0 <= bits + step < 2**32:
            neighbours.append(struct.unpack("f", struct.pack("I", bits + step))[0])
    return min(neighbours, key=lambda x: (abs(Fraction(x) - exact), struct.unpack("I", struct.pack("f", x))[0] & 1))


def quantile(uniform):
    return mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf(uniform.numerator) / uniform.denominator)


def float64(seed, index):
    x = threefry2x32(seed, index)
    f = Fraction((x[0] << 32 | x[1]) >> 12, 2**52)
    low = Fraction(-(2**53 - 1), 2**53)
    product = Fraction(float(f * Fraction(float(1 - low))))
    return quantile(max(low, Fraction(float(product + low))))


def float32(seed, index):
    x = threefry2x32(seed, index)
    f = Fraction((x[0] ^ x[1]) >> 9, 2**23)
    low = Fraction(-(2**24 - 1), 2**24)
    product = Fraction(round_float32(f * Fraction(round_float32(1 - low))))
    return quantile(max(low, Fraction(round_float32(product + low))))


print("/* Written by make_noise_values.py. */")
print("static const struct {\n  uint64_t seed, element;\n  double float64, float32;\n} noise_values[] = {")
for seed, element in ELEMENTS:
    print(f"    {{{seed}u, {element}u, {float(float64(seed, element))!r}, {float(float32(seed, element))!r}}},")
print("};")
