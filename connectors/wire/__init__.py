"""How bytes go to a source and come back: HTTP/1.1 over kept connections, one request at a time on each.

`head` writes what precedes a body, and reads what precedes an answer's; `connection` sends one request and bounds its answer while it
comes; `reach` finds a host and connects to it; `pool` keeps connections that are idle. `connectors.http` puts them together.
"""
