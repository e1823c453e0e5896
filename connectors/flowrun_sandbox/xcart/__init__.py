"""A simulated X-Cart 5.5 shop: its admin API, and a control plane to act as its customers and operators."""
