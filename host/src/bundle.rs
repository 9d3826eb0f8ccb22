//! A bundle of diagnostics: texts that a person sends on for help, in one `.tar.gz`, without secrets.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};

use crate::scrub::scrub;

/// A block of the archive.
const BLOCK: usize = 512;
/// A name may be so long, bytes.
const LONGEST_NAME: usize = 100;
/// A text is cut to its last so many bytes.
const LONGEST_TEXT: usize = 8 << 20;

/// The texts of a bundle, each with its name.
#[derive(Debug, Default)]
pub struct Bundle {
    known: Vec<String>,
    texts: Vec<(String, String)>,
}

impl Bundle {
    /// An empty one. `known`: secrets that must not be in it, whatever their form.
    pub fn without(known: Vec<String>) -> Self {
        Self { known, texts: Vec::new() }
    }

    /// Takes a text in, scrubbed. Of a very long one the last megabytes are kept. `name` has ASCII letters, digits, `.`,
    /// `-` and `_`.
    pub fn add(&mut self, name: &str, text: &str) {
        let from = text.ceil_char_boundary(text.len().saturating_sub(LONGEST_TEXT));
        self.texts.push((name.to_owned(), scrub(&text[from..], &self.known)));
    }

    /// The archive. Its files lie in a folder of this name, and have this date, seconds since 1970.
    ///
    /// # Errors
    /// If a name is too long.
    pub fn packed(&self, folder: &str, date: u64) -> io::Result<Vec<u8>> {
        let mut packer = GzBuilder::new().write(Vec::new(), Compression::default());
        for (name, text) in &self.texts {
            packer.write_all(&header(&format!("{folder}/{name}"), text.len(), date)?)?;
            packer.write_all(text.as_bytes())?;
            packer.write_all(&[0; BLOCK][..text.len().next_multiple_of(BLOCK) - text.len()])?;
        }
        packer.write_all(&[0; 2 * BLOCK])?;
        packer.finish()
    }
}

/// The header of a file, in the form of POSIX (ustar).
fn header(name: &str, length: usize, date: u64) -> io::Result<[u8; BLOCK]> {
    if name.len() > LONGEST_NAME {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is too long for a name")));
    }
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    // for its owner alone
    put(100, "0000600\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{length:011o}\0"));
    put(136, &format!("{:011o}\0", date & 0o77_777_777_777));
    // as blanks while the sum is made
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn tar_unpacks_what_was_packed_without_the_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let mut bundle = Bundle::without(vec!["wintergreen".into()]);
        bundle.add("log.txt", "took dbt_ABC of wintergreen\n");
        bundle.add("long.txt", &"x".repeat(1_000));
        bundle.add("empty.txt", "");
        let file = dir.path().join("bundle.tar.gz");
        std::fs::write(&file, bundle.packed("downbeat-1", 1_700_000_000).unwrap()).unwrap();
        let tar = Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(dir.path()).output().unwrap();
        assert!(tar.status.success(), "{}", String::from_utf8_lossy(&tar.stderr));
        let read = |name: &str| std::fs::read_to_string(dir.path().join("downbeat-1").join(name)).unwrap();
        assert_eq!(read("log.txt"), "took (left out) of (left out)\n");
        assert_eq!((read("long.txt").len(), read("empty.txt").len()), (1_000, 0));
        assert!(bundle.packed(&"n".repeat(100), 0).is_err());
    }
}
