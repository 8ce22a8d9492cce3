//! Reads a document from the file system.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::too_large;
use crate::error::Error;

pub(super) fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max_bytes as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            Error::new("the document cannot be read")
                .with_help("check the path and the permissions")
                .caused_by(error)
        })?;
    if bytes.len() > max_bytes {
        return Err(too_large(max_bytes));
    }
    Ok(bytes)
}
