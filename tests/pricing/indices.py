"""Price indices once more, from their definitions, to check those of `jicai index`.

Reads a CSV file (period,product,price,quantity; several rows of one product and period are added up) and a list of
specifications METHOD[:BASE][:WINDOW:SPLICE], and prints one JSON object: specification -> values by period.
"""
import csv
import json
import math
import sys

import numpy as np


def read(path):
    """Prices and quantities as matrices of period by product, NaN where nothing was sold."""
    cells = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["period"], row["product"])
            price, quantity = float(row["price"]), float(row["quantity"])
            spent, units = cells.get(key, (0.0, 0.0))
            cells[key] = (spent + price * quantity, units + quantity)
    periods = sorted({period for period, _ in cells})
    products = {name: number for number, name in enumerate(sorted({product for _, product in cells}))}
    place = {period: number for number, period in enumerate(periods)}
    price = np.full((len(periods), len(products)), np.nan)
    quantity = price.copy()
    for (period, product), (spent, units) in cells.items():
        price[place[period], products[product]] = spent / units
        quantity[place[period], products[product]] = units
    return price, quantity


def bilateral(formula, p0, q0, p1, q1):
    """One period against another over the products of both; None without any."""
    both = ~np.isnan(p0) & ~np.isnan(p1)
    if not both.any():
        return None
    p0, q0, p1, q1 = p0[both], q0[both], p1[both], q1[both]
    laspeyres = (p1 * q0).sum() / (p0 * q0).sum()
    paasche = (p1 * q1).sum() / (p0 * q1).sum()
    shares0, shares1 = p0 * q0 / (p0 * q0).sum(), p1 * q1 / (p1 * q1).sum()
    relatives = np.log(p1 / p0)
    roots = np.sqrt(q0 * q1)
    return float({
        "laspeyres": lambda: laspeyres,
        "paasche": lambda: paasche,
        "fisher": lambda: math.sqrt(laspeyres * paasche),
        "tornqvist": lambda: math.exp(((shares0 + shares1) / 2 * relatives).sum()),
        "jevons": lambda: math.exp(relatives.mean()),
        "walsh": lambda: (p1 * roots).sum() / (p0 * roots).sum(),
    }[formula]())


def fixed(formula, price, quantity):
    return [bilateral(formula, price[0], quantity[0], p, q) for p, q in zip(price, quantity)]


def chained(formula, price, quantity):
    values = [1.0]
    for t in range(1, len(price)):
        step = bilateral(formula, price[t - 1], quantity[t - 1], price[t], quantity[t])
        values.append(None if step is None or values[-1] is None else values[-1] * step)
    return values


def geks(formula, price, quantity):
    n = len(price)
    links = [[bilateral(formula, price[a], quantity[a], price[b], quantity[b]) for b in range(n)] for a in range(n)]
    values = []
    for t in range(n):
        ways = [(links[through][t], links[through][0]) for through in range(n)]
        if any(part is None for way in ways for part in way):
            values.append(None)
        else:
            values.append(math.exp(sum(math.log(to / back) for to, back in ways) / n))
    return values


def geary_khamis(price, quantity):
    """Iterated, as it is defined."""
    p, q = np.nan_to_num(price), np.nan_to_num(quantity)
    sold = q.sum(axis=0) > 0
    p, q = p[:, sold], q[:, sold]
    level = np.ones(len(p))
    for _ in range(100_000):
        quality = (p * q / level[:, None]).sum(axis=0) / q.sum(axis=0)
        new = (p * q).sum(axis=1) / (quality * q).sum(axis=1)
        new /= new[0]
        if np.abs(new / level - 1).max() < 1e-15:
            break
        level = new
    return [float(value) for value in new]


def time_product_dummy(price, quantity):
    """Weighted least squares by turns: products given the periods, periods given the products, until nothing moves."""
    there = ~np.isnan(price)
    spent = np.nan_to_num(price * quantity)
    weight = spent / spent.sum(axis=1, keepdims=True)
    sold = there.any(axis=0)
    weight, logarithm = weight[:, sold], np.log(np.where(there, price, 1.0))[:, sold]
    delta = np.zeros(len(price))
    for _ in range(100_000):
        gamma = (weight * (logarithm - delta[:, None])).sum(axis=0) / weight.sum(axis=0)
        new = (weight * (logarithm - gamma)).sum(axis=1) / weight.sum(axis=1)
        new -= new[0]
        if np.abs(new - delta).max() < 1e-15:
            break
        delta = new
    return [math.exp(value) for value in new]


def unit_value(price, quantity):
    values = np.nansum(price * quantity, axis=1) / np.nansum(quantity, axis=1)
    return [float(value) for value in values / values[0]]


def rolled(whole, price, quantity, n, splice):
    """The first window, then one value a window. Places in a window count from 1 here, as in the papers."""
    old = whole(price[:n], quantity[:n])
    series = list(old)
    for t in range(n, len(price)):
        new = whole(price[t - n + 1:t + 1], quantity[t - n + 1:t + 1])
        N = lambda l: new[l - 1]
        O = lambda l: old[l - 1]
        published = lambda l: series[t - n + l]
        factor = lambda l: (N(n) / N(l)) / (O(n) / O(l + 1))
        linked = lambda l: published(l) * N(n) / N(l)
        middle = (n - 1) // 2 + 1
        mean = lambda values: math.exp(sum(map(math.log, values)) / len(values))
        series.append({
            "movement": lambda: series[-1] * factor(n - 1),
            "window": lambda: series[-1] * factor(1),
            "half": lambda: series[-1] * factor(middle),
            "mean": lambda: series[-1] * mean([factor(l) for l in range(1, n)]),
            "wisp": lambda: linked(1),
            "hasp": lambda: linked(middle),
            "mean-published": lambda: mean([linked(l) for l in range(1, n)]),
        }[splice]())
        old = new
    return series


def compute(specification, price, quantity):
    method, *rest = specification.split(":")
    if method == "unit-value":
        return unit_value(price, quantity)
    if method == "gk":
        whole = geary_khamis
    elif method == "wtpd":
        whole = time_product_dummy
    elif method.startswith("geks-"):
        whole = lambda p, q: geks(method[5:], p, q)
    else:
        return {"chain": chained, "fixed": fixed}[rest[0]](method, price, quantity)
    return rolled(whole, price, quantity, int(rest[0]), rest[1]) if rest else whole(price, quantity)


if __name__ == "__main__":
    prices, quantities = read(sys.argv[1])
    print(json.dumps({specification: compute(specification, prices, quantities) for specification in sys.argv[2:]}))
