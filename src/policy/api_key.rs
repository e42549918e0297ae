//! API keys: stored as a hash only.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A key of 32 bytes as clients present it: `panoh_` and its base64url.
pub fn format(bytes: &[u8; 32]) -> String {
    format!("panoh_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The hash of a key, SHA-256 in lower-case hexadecimal. A key has 256 random bits, so that a slow hash would add nothing.
pub fn hash(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
