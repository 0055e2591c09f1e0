"""Onboard payload experiment scheduler with hardware in the loop.

    from payload import load, plan, verify, simulate, run

Each verb is in `payload.api`; they are imported when first used, so that `import payload` costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payload.api import load as load
    from payload.api import plan as plan
    from payload.api import run as run
    from payload.api import simulate as simulate
    from payload.api import verify as verify

__all__ = ["load", "plan", "run", "simulate", "verify"]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def __getattr__(name: str) -> object:
    if name in __all__:
        import payload.api

        return getattr(payload.api, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("payload")
    raise AttributeError(f"module 'payload' has no attribute {name!r}")
