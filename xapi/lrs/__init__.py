"""The record store's server: the xAPI resources over HTTP, as one ASGI app (`xapi.lrs.app.make_lrs`)."""
