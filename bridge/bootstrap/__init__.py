"""The only room that names concrete classes: settings become objects here."""

from __future__ import annotations

from bridge.bootstrap.installation import VERSION, Installation, initialise, open_installation

__all__ = ["VERSION", "Installation", "initialise", "open_installation"]
