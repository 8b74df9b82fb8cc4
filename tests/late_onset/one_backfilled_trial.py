"""BF-BOIN trials one by one in plain Python, from the published rules: nothing of the package's engine."""

import math

# One month of 30 days, in steps; BOIN's boundaries for a target of 0.25 (Liu and Yuan 2015).
LAMBDA_E = math.log((1 - 0.15) / (1 - 0.25)) / math.log(0.25 * (1 - 0.15) / (0.15 * (1 - 0.25)))
LAMBDA_D = math.log((1 - 0.25) / (1 - 0.35)) / math.log(0.35 * (1 - 0.25) / (0.25 * (1 - 0.35)))


def decision(n, y):
    if y <= LAMBDA_E * n:
        return "E"
    return "D" if y >= LAMBDA_D * n and (n, y) != (3, 1) else "S"


def eliminates(n, y):
    """P(Beta(1 + y, 1 + n - y) > 0.25) > 0.95, by the binomial form of the distribution function."""
    below = sum(math.comb(n + 1, k) * 0.25**k * 0.75 ** (n + 1 - k) for k in range(y + 1))
    return n >= 3 and below > 0.95


def run(arrival, dlt_after, response_after, window, cap=12, escalation=30, enough=9):
    """One trial.

    `arrival(j)` is the step in which person j comes; `dlt_after(j, dose)` and `response_after(j, dose)` are
    of the j-th patient enrolled, steps or None. Returns (dose, backfilled) of each patient, and the
    last step.
    """
    patients, comes = [], 0  # patients: [dose, step, DLT after, response after, backfilled, cohort]
    dose, cohort, size, out = 0, 0, 3, 5

    def known(at, which):
        n = y = 0
        for d, start, dlt, _, _, _ in patients:
            if d == which and dlt is not None and start + dlt <= at:
                n, y = n + 1, y + 1
            elif d == which and start + window <= at:
                n += 1
        return n, y

    def pooled(at, low, high):
        each = [known(at, d) for d in range(low, high + 1)]
        return decision(sum(n for n, _ in each), sum(y for _, y in each))

    def open_dose(at):
        closed_from = 5
        for d in range(dose):
            n, y = known(at, d)
            if n and decision(n, y) == "D" and pooled(at, d, d + 1) == "D":
                closed_from = d
                break
        for d in range(min(dose, closed_from, out) - 1, -1, -1):
            seen = any(p[3] is not None and p[0] <= d and p[1] + p[3] <= at for p in patients)
            gone = any(eliminates(*known(at, e)) for e in range(d + 1))
            if seen and not gone and sum(p[0] == d for p in patients) < cap:
                return d
        return None

    def enrol(at, where, aside):
        number = len(patients)
        patients.append(
            [
                where,
                at,
                dlt_after(number, where),
                response_after(number, where),
                aside,
                None if aside else cohort,
            ]
        )

    while True:
        now = arrival(comes)
        comes += 1
        mine = [p for p in patients if p[5] == cohort]
        if len(mine) < size:
            enrol(now, dose, False)
            continue
        escalated = sum(not p[4] for p in patients)
        pending = any(p[1] + (window if p[2] is None else p[2]) > now for p in mine)
        if escalated >= escalation:
            break
        if pending:
            lower = open_dose(now)
            if lower is not None:
                enrol(now, lower, True)
            continue
        for d in range(5):
            if eliminates(*known(now, d)):
                out = min(out, d)
        if out == 0:
            break
        here = decision(*known(now, dose))
        conflicts = [
            d
            for d in range(dose)
            if any(p[4] and p[0] == d for p in patients)
            and known(now, d)[0]
            and (decision(*known(now, d)) == "D" or (decision(*known(now, d)) == "S" and here == "E"))
        ]
        if conflicts:
            star = max(conflicts)
            pool = pooled(now, star, dose)
            safe = [k for k in range(star, dose) if pooled(now, star, k) != "D"]
            going = {"E": dose + 1, "S": dose}.get(pool, max(safe, default=max(star - 1, 0)))
        else:
            going = dose + {"E": 1, "S": 0, "D": -1}[here]
        going = max(0, min(going, out - 1, 4))
        if going == dose and known(now, dose)[0] >= enough:
            break
        dose, cohort = going, cohort + 1
        enrol(now, dose, False)
    end = max(p[1] + (window if p[2] is None else p[2]) for p in patients)
    return [(p[0], p[4]) for p in patients], end
