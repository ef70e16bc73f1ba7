"""Ichimai (一枚): every service, point and voucher of a town on whatever card a person carries."""

__version__ = "0.1.0"
