"""Real gateways in front of real applications, each leaky, sound or confusing, and what is true of each.

Must never touch anything but loopback, and must never believe a table where something can be measured.
"""
