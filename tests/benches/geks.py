"""Seconds of a GEKS-Törnqvist index in numpy, in two ways, over all periods: matrices of doubles, period by product, NaN = not sold.

`pairs` compares each pair of periods over the products of both, as PriceIndexCalc and IndexNumR do. `products` does all pairs in a few
matrix products, the fastest way that we know in numpy; it uses every processor that its BLAS uses.
"""
import sys
import time

import numpy as np


def pairs(price, quantity):
    there = ~np.isnan(price)
    spent, logarithm = price * quantity, np.log(price)
    n = len(price)
    links = np.zeros((n, n))
    for a in range(n):
        for b in range(a + 1, n):
            both = there[a] & there[b]
            s0, s1 = spent[a, both], spent[b, both]
            weights = (s0 / s0.sum() + s1 / s1.sum()) / 2
            links[a, b] = (weights * (logarithm[b, both] - logarithm[a, both])).sum()
            links[b, a] = -links[a, b]
    return np.exp((links - links[:, :1]).mean(axis=0))


def products(price, quantity):
    there = (~np.isnan(price)).astype(float)
    spent, logarithm = np.nan_to_num(price * quantity), np.nan_to_num(np.log(price))
    shared = spent @ there.T
    forward = spent @ logarithm.T - (spent * logarithm) @ there.T
    links = (forward / shared - (forward / shared).T) / 2
    return np.exp((links - links[:, :1]).mean(axis=0))


if __name__ == "__main__":
    path, periods, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    price, quantity = np.fromfile(path).reshape(2, periods, -1)
    for way in (pairs, products):
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            values = way(price, quantity)
            times.append(time.perf_counter() - start)
        print(sorted(times)[runs // 2], repr(float(values[-1])))
