GROWTH = ()


def growth(*a): ...
