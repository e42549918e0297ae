//! The file that holds the deployment's secret.

use super::bounded;
use crate::policy::seal::{MIN_SECRET_BYTES, Secret, ShortSecret};
use crate::store::database::connection::Address;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The most bytes of a secret's file.
const MAX_BYTES: u64 = 4 * 1024;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such file.
    #[error(
        "there is no secret key file {0}; name one with --secret-key-file, or make one: head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > {0}; chmod 600 {0}"
    )]
    Missing(PathBuf),
    /// The file cannot be read or written.
    #[error("the secret key file {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file holds something else.
    #[error("the secret key file {0} must hold hexadecimal digits only, two for each byte")]
    NotHexadecimal(PathBuf),
    /// The secret is too short.
    #[error("the secret key file {0}: {1}")]
    Short(PathBuf, ShortSecret),
}

/// Where the secret is: as given, or beside the database's file, or `panoh.secret` here.
pub fn path(given: &Option<PathBuf>, address: &Address) -> PathBuf {
    match (given, address) {
        (Some(path), _) => path.clone(),
        (None, Address::Sqlite(database)) => database.with_extension("secret"),
        (None, Address::Postgres(_)) => PathBuf::from("panoh.secret"),
    }
}

/// Reads a secret.
///
/// # Errors
/// If the file cannot be read, has over 4 KiB, or does not hold 32 bytes or more in hexadecimal.
pub fn read(path: &Path) -> Result<Secret, SecretError> {
    let bytes = bounded::read(path, MAX_BYTES).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SecretError::Missing(path.to_owned()),
        _ => SecretError::File(path.to_owned(), error),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| SecretError::NotHexadecimal(path.to_owned()))?;
    let bytes = decode(text.trim()).ok_or_else(|| SecretError::NotHexadecimal(path.to_owned()))?;
    Secret::new(bytes).map_err(|error| SecretError::Short(path.to_owned(), error))
}

/// Reads a secret, or makes one if there is no file, readable by its owner only.
///
/// # Errors
/// If the file cannot be made, or [`read`] refuses it.
pub fn read_or_make(path: &Path) -> Result<Secret, SecretError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let bytes: [u8; MIN_SECRET_BYTES] = rand::random();
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(file, "{text}")
                .and_then(|()| file.sync_all())
                .map_err(|error| SecretError::File(path.to_owned(), error))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(SecretError::File(path.to_owned(), error)),
    }
    read(path)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
