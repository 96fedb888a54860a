"""Hot loops, each written once as a scalar function and driven by CPU threads or by a GPU."""

import os

# Threads of OpenMP (numba's, FINUFFT's) that wait for work would otherwise spin, and take the processor from whoever
# else computes. It is read when their libraries are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
