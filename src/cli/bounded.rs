//! Files are read within bounds, whatever they are.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::path::Path;

/// The bytes of a file that has at most so many.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = File::open(path)?;
    // As much as it says it has, and nothing twice while it grows.
    let length = file.metadata().map_or(0, |about| if about.is_file() { about.len() } else { most });
    let mut bytes = Vec::with_capacity(length.min(most) as usize + 1);
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(Error::other(format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}
