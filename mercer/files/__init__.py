"""The files that sellers have: read with every fault named by line, written so that they read back."""

from mercer.files.campaigns import read_campaign
from mercer.files.faults import Fault, Note
from mercer.files.prices import PriceRow, PricesFile, read_prices
from mercer.files.products import ProductsFile, read_products
from mercer.files.rates import RatesFile, read_rates
from mercer.files.reading import AS_IT_IS, Manner
from mercer.files.shipments import ShipmentRow, ShipmentsFile, read_shipments
from mercer.files.stock import StockFile, StockRow, read_stock
from mercer.files.targets import Format, Language, format_of
from mercer.files.templates import write_campaign_template, write_price_template
from mercer.files.writing import write_prices, write_products, write_stock

__all__ = [
    "AS_IT_IS",
    "Fault",
    "Format",
    "Language",
    "Manner",
    "Note",
    "PriceRow",
    "PricesFile",
    "ProductsFile",
    "RatesFile",
    "ShipmentRow",
    "ShipmentsFile",
    "StockFile",
    "StockRow",
    "format_of",
    "read_campaign",
    "read_prices",
    "read_products",
    "read_rates",
    "read_shipments",
    "read_stock",
    "write_campaign_template",
    "write_price_template",
    "write_prices",
    "write_products",
    "write_stock",
]
