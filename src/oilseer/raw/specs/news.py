"""News, policy documents and events, as their publishers gave them."""

from oilseer.warehouse.spec import TableSpec

SPECS: tuple[TableSpec, ...] = ()
