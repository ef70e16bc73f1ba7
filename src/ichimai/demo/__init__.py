"""The demo: a town, its longevity gifts, and a month of shopping through the real parts."""

from ichimai.demo.month import AnotherDemo, Size, UnfinishedDemo, demo, read_sign_ins
from ichimai.demo.summary import Summary, as_json, as_table

__all__ = [
    "AnotherDemo",
    "Size",
    "Summary",
    "UnfinishedDemo",
    "as_json",
    "as_table",
    "demo",
    "read_sign_ins",
]
