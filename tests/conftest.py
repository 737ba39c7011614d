"""For all tests: properties are not judged by how fast this machine happens to be."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
