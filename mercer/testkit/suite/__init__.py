"""The contract of `mercer.core.contract` as tests that any platform plugin runs.

A plugin's whole test file:

    from mercer.testkit.suite import Conformance

    class TestMyPlatform(Conformance):
        platform = "myplatform"
        currency = "EUR"

The platform is found by its entry point and tested against its own simulator. A capability that
the adapter lacks is skipped with a reason; nothing else is.
"""

from __future__ import annotations

from mercer.testkit.suite.after_sales import AfterSalesContract
from mercer.testkit.suite.customers import CustomerContract
from mercer.testkit.suite.declared import DeclaredContract
from mercer.testkit.suite.faults import FaultContract
from mercer.testkit.suite.messages import MessageContract
from mercer.testkit.suite.orders import OrderContract
from mercer.testkit.suite.reading import ReadingContract
from mercer.testkit.suite.rehearsal import RehearsalContract
from mercer.testkit.suite.scheduled_prices import ScheduledPriceContract
from mercer.testkit.suite.shipping import ShippingContract
from mercer.testkit.suite.writing import WritingContract


class Conformance(
    DeclaredContract,
    ReadingContract,
    WritingContract,
    ScheduledPriceContract,
    RehearsalContract,
    OrderContract,
    AfterSalesContract,
    ShippingContract,
    CustomerContract,
    MessageContract,
    FaultContract,
):
    """Every contract together."""


__all__ = ["Conformance"]
