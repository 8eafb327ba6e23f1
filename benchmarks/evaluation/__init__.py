"""How good the clustering is: against labels, and beside other packages on the same vectors."""
