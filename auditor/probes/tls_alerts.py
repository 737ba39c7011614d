"""TLS alerts by number and name (RFC 8446 section 6), read out of OpenSSL's error names.

Must never judge: 116 certificate_required is a fact like any other.
"""

import re
import ssl

NUMBERS: dict[str, int] = {
    "unexpected_message": 10,
    "bad_record_mac": 20,
    "decryption_failed": 21,
    "record_overflow": 22,
    "decompression_failure": 30,
    "handshake_failure": 40,
    "no_certificate": 41,
    "bad_certificate": 42,
    "unsupported_certificate": 43,
    "certificate_revoked": 44,
    "certificate_expired": 45,
    "certificate_unknown": 46,
    "illegal_parameter": 47,
    "unknown_ca": 48,
    "access_denied": 49,
    "decode_error": 50,
    "decrypt_error": 51,
    "export_restriction": 60,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "inappropriate_fallback": 86,
    "user_cancelled": 90,
    "no_renegotiation": 100,
    "missing_extension": 109,
    "unsupported_extension": 110,
    "certificate_unobtainable": 111,
    "unrecognized_name": 112,
    "bad_certificate_status_response": 113,
    "bad_certificate_hash_value": 114,
    "unknown_psk_identity": 115,
    "certificate_required": 116,
    "no_application_protocol": 120,
}

# "TLSV1_ALERT_INTERNAL_ERROR", "TLSV13_ALERT_CERTIFICATE_REQUIRED", or just "TLSV1_UNRECOGNIZED_NAME".
_REASON = re.compile(r"(?:SSLV3|TLSV1|TLSV13)(?:_ALERT)?_([A-Z_]+)")


def alert_of(error: ssl.SSLError) -> tuple[int, str] | None:
    """Number and name of the alert the peer sent; None when the error is no alert."""
    text = getattr(error, "reason", None) or str(error).upper().replace(" ", "_")
    found = _REASON.search(text)
    name = found.group(1).lower() if found else ""
    return (NUMBERS[name], name) if name in NUMBERS else None
