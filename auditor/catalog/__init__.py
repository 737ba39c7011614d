"""Facts about products: what their sensitive pages say, where those are asked for, and what is never asked.

Pure data; imports nothing of ours. The plan takes from it what to ask, the judge what an answer shows.
"""

from auditor.catalog.never import never_reason
from auditor.catalog.packs import COMMON, PACKS, Pack, hunted, pack_of, page_of, products_at
from auditor.catalog.reading import Texts, expected_behind, shown_by, texts_in
from auditor.catalog.signature import Guard, Signature, tighten
from auditor.catalog.table import LEFT_OUT, SIGNATURES

__all__ = [
    "COMMON",
    "LEFT_OUT",
    "PACKS",
    "SIGNATURES",
    "Guard",
    "Pack",
    "Signature",
    "Texts",
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
