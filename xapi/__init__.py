"""xAPI, 1.0.3 and 2.0.0: the model, the store, the record store's server and the client.

The room knows nothing of the rest of the product. Its libraries do one thing each: orjson and msgspec read
JSON, SQLAlchemy Core and the drivers keep it, starlette speaks HTTP, joserfc reads signatures.
"""
