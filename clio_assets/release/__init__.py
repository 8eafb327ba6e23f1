"""The release zone: the released tables, the marts over them, and the bundle people read."""
