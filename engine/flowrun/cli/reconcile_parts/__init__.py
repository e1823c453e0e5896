"""What `flowrun reconcile` is made of: its reports, and the runs that repair."""
