"""Every table. Money and cell values are canonical text; times are microseconds since 1970, UTC."""

from mercer.store.tables.audit import audit, chain
from mercer.store.tables.campaigns import (
    campaign_approvals,
    campaign_edges,
    campaign_entries,
    campaigns,
)
from mercer.store.tables.catalogue import bundle_parts, products, skus
from mercer.store.tables.cells import OURS, QUIET, cells, decisions, overrides
from mercer.store.tables.channels import absences, channels, events, listings, offers, quarantine
from mercer.store.tables.metadata import metadata
from mercer.store.tables.orders import cases, holds, order_lines, orders, parcels, shipments
from mercer.store.tables.people import customer_links, customers, erasures, personal
from mercer.store.tables.plans import (
    FAILURES,
    approvals,
    canaries,
    changes,
    journal,
    plans,
    quotas,
    results,
    runs,
    versions,
)
from mercer.store.tables.pricing import (
    BESIDE,
    price_history,
    price_looks,
    price_rules,
    prices,
    rates,
    shown_prices,
)
from mercer.store.tables.stock import (
    deals,
    findings,
    incidents,
    movements,
    provisional,
    stock_rules,
)
from mercer.store.tables.workers import breakers, leases, progress, workers

__all__ = [
    "BESIDE",
    "FAILURES",
    "OURS",
    "QUIET",
    "absences",
    "approvals",
    "audit",
    "breakers",
    "bundle_parts",
    "campaign_approvals",
    "campaign_edges",
    "campaign_entries",
    "campaigns",
    "canaries",
    "cases",
    "cells",
    "chain",
    "changes",
    "channels",
    "customer_links",
    "customers",
    "deals",
    "decisions",
    "erasures",
    "events",
    "findings",
    "holds",
    "incidents",
    "journal",
    "leases",
    "listings",
    "metadata",
    "movements",
    "offers",
    "order_lines",
    "orders",
    "overrides",
    "parcels",
    "personal",
    "plans",
    "price_history",
    "price_looks",
    "price_rules",
    "prices",
    "products",
    "progress",
    "provisional",
    "quarantine",
    "quotas",
    "rates",
    "results",
    "runs",
    "shipments",
    "shown_prices",
    "skus",
    "stock_rules",
    "versions",
    "workers",
]
