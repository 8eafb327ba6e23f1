"""The attacks of docs/privacy.md, done to ourselves: against the gate, and against a broken one."""
