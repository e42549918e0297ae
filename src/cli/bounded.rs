//! Files are read within bounds, whatever they are.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::path::Path;

/// The bytes of a file that has at most so many.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(Error::other(format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}
