"""A thin client for record stores, ours and others' (`xapi.client.client.LrsClient`)."""
