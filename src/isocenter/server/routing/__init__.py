"""Instances that arrive go on to other nodes, by rules, through a queue that survives crashes."""
