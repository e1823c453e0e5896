"""One process that can be left alone: webhooks, pollers, schedules and an HTTP API around the engine."""
