/** What Node calls the usual faults of a certificate, and what a shopkeeper's provider would call them. */
const FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself instead of by an authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without the intermediate certificate of its authority, or from one that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'comes without the intermediate certificate of its authority, or from one that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes without the intermediate certificate of its authority, or from one that is not known here',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is made out to another name',
  HOSTNAME_MISMATCH: 'is made out to another name',
};

/** The rest of the sentence "its certificate …" for an error code of a TLS handshake; `null` where the code speaks of something else. */
export function certificateFault(code: string): string | null {
  if (Object.hasOwn(FAULTS, code)) return FAULTS[code] ?? null;
  return /^(CERT_|CRL_|INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|UNABLE_TO_|ERR_TLS_CERT_)/.test(code)
    ? `is not valid (${code})`
    : null;
}
