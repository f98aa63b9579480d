"""Taobao and Tmall: the adapter, the simulator, and the two together."""
