"""The parts of `flowrun chaos`: the plan, the server that is killed, the senders, and the count at the end."""
