//! Sealed ids and cursors: deterministic authenticated encryption (AES-SIV, RFC 5297) under a key for each agency and purpose.

use super::Viewer;
use crate::domain::Vocabulary;
use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

/// The least length of a deployment's secret, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

/// A deployment's secret, from which every other key is derived (HKDF-SHA-256, RFC 5869). It never prints.
pub struct Secret(SecretBox<Vec<u8>>);

/// The secret is too short to derive keys from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret key holds {0} bytes; at least {MIN_SECRET_BYTES} are needed")]
pub struct ShortSecret(usize);

impl Secret {
    /// A secret of at least [`MIN_SECRET_BYTES`] bytes.
    ///
    /// # Errors
    /// If there are fewer than [`MIN_SECRET_BYTES`] bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ShortSecret> {
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(ShortSecret(bytes.len()));
        }
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// A key for one use, of `N` bytes. Different `info` gives unrelated keys.
    pub fn derive<const N: usize>(&self, info: &[&str]) -> [u8; N] {
        let mut key = [0; N];
        let info = info.join("\u{0}");
        let hkdf = Hkdf::<Sha256>::new(Some(b"panoh"), self.0.expose_secret());
        hkdf.expand(info.as_bytes(), &mut key).expect("the length is far below HKDF's bound");
        key
    }
}

/// A text that this viewer's seal did not make, or not for this use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not sealed for this agency, purpose and use")]
pub struct NotSealed;

/// Seals what leaves and comes back: for one agency and one purpose, so that neither two agencies nor two purposes can be joined.
#[derive(Clone)]
pub struct Seal {
    key: [u8; 64],
}

impl Seal {
    /// The seal of a viewer.
    pub fn new(secret: &Secret, viewer: &Viewer) -> Self {
        Self { key: secret.derive(&["seal", &viewer.agency.code, viewer.purpose.code()]) }
    }

    /// Seals a row key of the noun `noun`: a number, since what is opened tells its noun by name only.
    pub fn seal_key(&self, noun: &str, key: i64) -> String {
        self.seal("id", &[key.to_be_bytes(), tag(noun)].concat())
    }

    /// Opens a sealed row key, whose noun must be one of `nouns`; gives the noun too.
    ///
    /// # Errors
    /// If the text is not an id of one of the nouns under this seal.
    pub fn open_key<'n>(&self, nouns: &[&'n str], sealed: &str) -> Result<(&'n str, i64), NotSealed> {
        let plain = self.open("id", sealed)?;
        let (key, tagged) = plain.split_first_chunk::<8>().ok_or(NotSealed)?;
        let noun = nouns.iter().copied().find(|noun| tag(noun) == *tagged).ok_or(NotSealed)?;
        Ok((noun, i64::from_be_bytes(*key)))
    }

    /// Seals bytes for the use `context`; they can be opened for that use only.
    pub fn seal(&self, context: &str, plain: &[u8]) -> String {
        let sealed = self.cipher().encrypt([context.as_bytes()], plain).expect("one header is within AES-SIV's bound");
        BASE64_URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens bytes that were sealed for the use `context`.
    ///
    /// # Errors
    /// If the text was not sealed under this seal for this use.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, NotSealed> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).map_err(|_| NotSealed)?;
        self.cipher().decrypt([context.as_bytes()], &sealed).map_err(|_| NotSealed)
    }

    fn cipher(&self) -> Aes256Siv {
        Aes256Siv::new(&self.key.into())
    }
}

/// What stands for a noun in its ids: the beginning of its name's SHA-256, as long for every noun.
fn tag(noun: &str) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(noun).into();
    digest[..8].try_into().expect("a part of the digest")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(info: &str) -> Seal {
        let secret = Secret::new(vec![7; 32]).unwrap();
        Seal { key: secret.derive(&[info]) }
    }

    #[test]
    fn a_sealed_key_opens_under_its_own_seal_and_noun_only() {
        let sealed = seal("a").seal_key("Individual", 42);
        assert_eq!(seal("a").open_key(&["Place", "Individual"], &sealed), Ok(("Individual", 42)));
        assert_eq!(seal("a").open_key(&["Place"], &sealed), Err(NotSealed));
        assert_eq!(seal("b").open_key(&["Individual"], &sealed), Err(NotSealed));
        assert_eq!(seal("a").open("cursor", &sealed), Err(NotSealed));
        assert_eq!(seal("a").seal_key("Individual", 42), sealed);
    }

    #[test]
    fn every_changed_or_truncated_text_is_refused() {
        let sealed = seal("a").seal_key("Case", 7);
        for end in 0..sealed.len() {
            assert_eq!(seal("a").open_key(&["Case"], &sealed[..end]), Err(NotSealed));
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal("a").open_key(&["Case"], std::str::from_utf8(&changed).unwrap()), Err(NotSealed));
        }
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(Secret::new(vec![1; 31]).is_err());
    }
}
