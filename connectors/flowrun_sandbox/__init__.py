"""Both systems on loopback: a simulated X-Cart and a widened SAP mock."""
