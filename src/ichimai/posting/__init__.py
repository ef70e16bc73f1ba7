"""One process posts for all server processes of an installation.

A server process reads HTTP, and hands what tills ask over a Unix socket (``Line``) to the process
that posts (``posting_process``): batches are larger, and the two work at the same time. The order
of the ledger does not depend on it: that is the head lock's.
"""

from ichimai.posting.line import Line
from ichimai.posting.poster import Serve
from ichimai.posting.process import posting_process

__all__ = ["Line", "Serve", "posting_process"]
