"""One file per revision, in the order of their numbers; never changed again."""
