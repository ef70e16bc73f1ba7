"""Where a request comes from, as far as failed sign-ins count it."""

from starlette.requests import Request


def network_of(request: Request) -> str:
    """The address that a request came from; of IPv6 the first half, which is one customer.

    Behind a proxy the server must be told to trust it: we read no forwarding header ourselves
    (faults.md G111).
    """
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
