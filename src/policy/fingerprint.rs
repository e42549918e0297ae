//! Keyed hashes, by which the audit knows documents and operations again without holding them.

use hkdf::Hkdf;
use sha2::Sha256;

/// A key for fingerprints. It never prints.
#[derive(Clone)]
pub struct Fingerprints([u8; 32]);

impl Fingerprints {
    /// Fingerprints under a key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The fingerprint of a text: HMAC-SHA-256, its first 128 bits in lower-case hexadecimal.
    pub fn of(&self, text: &str) -> String {
        let mut bytes = [0; 16];
        let hmac = Hkdf::<Sha256>::from_prk(&self.0).expect("the key is as long as a hash");
        hmac.expand(text.as_bytes(), &mut bytes).expect("the length is far below HKDF's bound");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
