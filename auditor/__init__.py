"""The live reachability auditor: is everything we call internal still reachable only from inside?"""

__version__ = "0.1.0"
