"""How good the topics are: their names, their tree, their figures."""
