"""Keeps statements, documents, definitions, attachments and keys, in SQLite or PostgreSQL.

`xapi.store.store.Store` is the door. SQL of the xAPI room lives here and nowhere else.
"""
