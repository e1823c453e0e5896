"""How flows are carried out: the seam, the interpreter, and the runs behind it."""
