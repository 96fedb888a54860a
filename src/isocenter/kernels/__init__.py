"""Hot loops, each written once as a scalar function and driven by CPU threads or by a GPU."""
