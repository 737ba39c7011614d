"""Other spellings of the same request that a gateway may read differently. Pure.

Per claim, one call: `variants_for(aspect, level, opted_in, prefixes_of(gateway.allow))`. Per question,
`variant.ask(plain_question, spelling)`, for the target, its siblings and the truth inside alike.
"""

from auditor.plan.variants.choosing import CAUTION_CLASSES, TABLE, Level, prefixes_of, variants_for
from auditor.plan.variants.parts import Spelling
from auditor.plan.variants.techniques import LEFT_OUT, TECHNIQUES, Technique
from auditor.plan.variants.variant import Through, Tier, Variant

__all__ = [
    "CAUTION_CLASSES",
    "LEFT_OUT",
    "TABLE",
    "TECHNIQUES",
    "Level",
    "Spelling",
    "Technique",
    "Through",
    "Tier",
    "Variant",
    "prefixes_of",
    "variants_for",
]
