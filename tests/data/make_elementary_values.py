"""Writes elementary_values.h: elementary functions over their whole range, computed with mpmath to 60 digits.

    python3 tests/data/make_elementary_values.py > tests/data/elementary_values.h
"""

import random
import struct

import mpmath
from mpmath import mpf

mpmath.mp.dps = 60
N_RANDOM = 60


def to_float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def bernoulli2(y):
    return 1 / mpmath.log(2) if y == 0 else y / mpmath.expm1(y * mpmath.log(2))


def bernoulli2_derivative(y):
    return mpf(-0.5) if y == 0 else mpmath.diff(bernoulli2, y)


def phi(v):
    return mpf(1) if v == 0 else v / -mpmath.expm1(-v)


def log_spaced(generator, low, high):
    return mpmath.mpf(2) ** generator.uniform(float(mpmath.log(low, 2)), float(mpmath.log(high, 2)))


def signed(generator, low, high):
    return [sign * float(log_spaced(generator, low, high)) for sign in (-1, 1) for _ in range(N_RANDOM // 2)]


def arguments(kind, is_float):
    """Random ones over the whole range, and where something changes: zero, ends, middles of reductions, branches."""
    generator = random.Random(1)
    tiny, high = (1e-30, 88) if is_float else (1e-300, 709)
    low, top = (-87, 126) if is_float else (-708, 1022)
    near = 2**-4 if is_float else 2**-11  # the derivative's series ends there
    near_one = 1 - 2**-24 if is_float else 1 - 2**-53
    if kind == "exp":
        return [generator.uniform(low, high) for _ in range(N_RANDOM)] + signed(generator, tiny, 1) + [0, low, high, 0.34657359027997264]
    if kind == "phi":
        return signed(generator, tiny, high) + signed(generator, 0.01, 10) + [0, -high + 1, high]
    if kind == "bernoulli2_derivative":
        return signed(generator, 1e-3, 0.5) + signed(generator, 0.5, 100) + [0, 0.5, -0.5, tiny, -tiny, 0.8 * top, -top] + \
               signed(generator, 1e-9, 1e-3) + signed(generator, near / 2, 2 * near) + signed(generator, 0.45, 0.55)
    if kind == "bernoulli2":
        return signed(generator, tiny, top) + signed(generator, 0.01, 10) + [0, 0.5, -0.5, 1.5, top, -top]
    if kind == "ln":
        return [float(log_spaced(generator, 1e-37 if is_float else 1e-307, 1e37 if is_float else 1e307)) for _ in range(N_RANDOM)] + \
               [1 + x for x in signed(generator, 1e-6, 0.4)] + [1, 2, 0.5, 0.7071067811865476]
    return [generator.uniform(-1, 1) for _ in range(N_RANDOM)] + signed(generator, tiny, 0.1) + \
           [sign * (1 - float(log_spaced(generator, 1e-7 if is_float else 1e-16, 0.1))) for sign in (-1, 1) for _ in range(20)] + \
           [0, near_one, -near_one]


FUNCTIONS = {"exp": mpmath.exp, "phi": phi, "bernoulli2": bernoulli2, "bernoulli2_derivative": bernoulli2_derivative,
             "ln": mpmath.log, "erfinv": mpmath.erfinv}


def write_table(kind, is_float):
    print(f"static const elementary_value {kind}_values[] = {{")
    for x in arguments(kind, is_float):
        x = to_float32(x) if is_float else float(x)
        exact = FUNCTIONS[kind](mpf(x))
        head = float(exact)
        print(f"    {{{x.hex()}, {head.hex()}, {float(exact - mpf(head)).hex()}}},")
    print("};")


print("/* Written by make_elementary_values.py. */")
print("typedef struct elementary_value {\n  double x, head, rest; /* the exact result is head + rest */\n} elementary_value;\n")
for is_float in (True, False):
    print("#ifdef RWW_REAL_IS_FLOAT" if is_float else "#else")
    for kind in FUNCTIONS:
        write_table(kind, is_float)
print("#endif")
