"""The table of all configurations.

Must never say what is true of one: `witness` measures that.
"""

from leaks.configuration import Configuration
from leaks.corpus_haproxy import HAPROXY
from leaks.corpus_nginx import NGINX_LEAKY
from leaks.corpus_others import APACHE, CADDY, LIGHTTPD, VARNISH
from leaks.corpus_sound import NGINX_SOUND

CORPUS: tuple[Configuration, ...] = (
    *NGINX_LEAKY,
    *NGINX_SOUND,
    *HAPROXY,
    *APACHE,
    *CADDY,
    *VARNISH,
    *LIGHTTPD,
)

BY_ID = {each.id: each for each in CORPUS}
assert len(BY_ID) == len(CORPUS), "an id stands twice"
