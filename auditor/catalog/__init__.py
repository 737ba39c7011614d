"""Facts about products and the DNS: what sensitive pages say, what is never asked, which leaks there are.

Pure data; imports the words of the model alone. The plan takes from it what to ask, the judge what an answer
shows, the report what to tell.
"""

from auditor.catalog.leaks import CHECKED, LEAKS, Leak, class_of
from auditor.catalog.never import never_reason
from auditor.catalog.packs import COMMON, PACKS, Pack, hunted, pack_of, page_of, products_at
from auditor.catalog.reading import Texts, expected_behind, shown_by, texts_in
from auditor.catalog.signature import Guard, Signature, tighten
from auditor.catalog.table import LEFT_OUT, SIGNATURES

__all__ = [
    "CHECKED",
    "COMMON",
    "LEAKS",
    "LEFT_OUT",
    "PACKS",
    "SIGNATURES",
    "Guard",
    "Leak",
    "Pack",
    "Signature",
    "Texts",
    "class_of",
    "expected_behind",
    "hunted",
    "never_reason",
    "pack_of",
    "page_of",
    "products_at",
    "shown_by",
    "texts_in",
    "tighten",
]
