"""The journal: append-only facts of every room, told by subject and followed in order.

`actions.append` writes in the caller's transaction; `queries.timeline` tells a subject's history;
`followers.Follower` reacts to facts, each at least once and in order.
"""
