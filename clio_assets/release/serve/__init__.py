"""`clio serve`: published bundles on this machine's loopback, to be read and nothing else."""
