"""What somebody who knows only a name and a summary would object to: G-14 by rules."""
