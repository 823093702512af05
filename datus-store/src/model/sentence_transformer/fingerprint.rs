//! A short hash of the weights, which is the default revision of a model.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::folder::file_error_from;
use crate::error::Result;

/// Returns a hash of 12 hexadecimal digits. It distinguishes versions but is not cryptographically secure. It reads the
/// files in full, which takes a few milliseconds for 100 MB.
///
/// # Errors
/// Fails with `Model` if a file cannot be read.
pub(super) fn fingerprint(files: &[PathBuf]) -> Result<String> {
    let mut hash = Hash(0);
    for file in files {
        add_file(&mut hash, file).map_err(|error| file_error_from(file, "cannot be read", error))?;
    }
    Ok(format!("{:012x}", hash.finish() >> 16))
}

fn add_file(hash: &mut Hash, file: &Path) -> std::io::Result<()> {
    let mut file = File::open(file)?;
    hash.add(file.metadata()?.len());
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let read = read_full(&mut file, &mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        let (words, rest) = buffer[..read].as_chunks::<8>();
        words.iter().for_each(|word| hash.add(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| hash.add(u64::from(*byte)));
    }
}

/// Reads until the buffer is full or the file ends, so that the hash does not depend on the size of the reads.
fn read_full(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The state of the hash. Each step adds eight bytes and is a bijection of the state, so files that differ in one place
/// have different hashes.
struct Hash(u64);

impl Hash {
    fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 31)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn different_files_have_different_fingerprints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("weights");
        let of = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            fingerprint(std::slice::from_ref(&file)).unwrap()
        };
        let mut bytes = vec![7_u8; (1 << 20) + 3];
        let first = of(&bytes);
        assert_eq!(first.len(), 12);
        assert_eq!(first, of(&bytes));
        bytes[1 << 19] = 8;
        let second = of(&bytes);
        bytes.push(0);
        let third = of(&bytes);
        assert!(first != second && second != third && first != third);
    }
}
