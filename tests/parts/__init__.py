"""Real servers in network namespaces of this machine, and tests against them.

Nothing here leaves the machine: every address used exists inside the namespaces only, and they have no way out.
"""
