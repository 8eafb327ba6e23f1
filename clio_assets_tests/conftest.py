"""What holds for every test."""

from hypothesis import settings

# A rule is tested for what it says, not for how fast: on a busy machine one example in hundreds
# took longer than the 200 ms that hypothesis allows.
settings.register_profile("clio", deadline=None)
settings.load_profile("clio")
