"""Run every benchmark and print its ratios."""

from __future__ import annotations

from benchmarks import orders, plan, quota, reprice, startup

print(startup.report())
print(plan.report())
print(reprice.report())
print(quota.report())
print(orders.report())
