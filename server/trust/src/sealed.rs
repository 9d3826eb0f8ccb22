//! Files that a passphrase closes, in the format of age (<https://age-encryption.org/v1>): `age -d` opens them, too.
//!
//! The primitives are ring's and the key of the passphrase is scrypt's; here is only how the format puts them together.
//! A file is written and read in pieces, so none is ever whole in memory, and each piece is proved before it is given
//! on.

use data_encoding::BASE64_NOPAD;
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};

/// The beginning of each such file.
pub const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// The bytes of a piece in clear.
pub const PIECE: usize = 64 * 1024;
/// The bytes of a piece that is closed.
pub const CLOSED: usize = PIECE + TAG;
/// The bytes of the proof behind each piece.
const TAG: usize = 16;
/// The most bytes of a header: one for a passphrase has 150.
const MOST_HEADER: usize = 1_024;
/// The work of a passphrase that is written, as a power of two: 64 MB, which the smallest machines have.
const WORK: u8 = 16;
/// The most work that is read: 256 MB, which `age -p` asks for.
const MOST_WORK: u8 = 18;
const SALT: usize = 16;
const FILE_KEY: usize = 16;
const LABEL: &[u8] = b"age-encryption.org/v1/scrypt";

/// Why a file is not closed, or not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// The passphrase is empty.
    #[error("a passphrase has 10 to 1024 characters")]
    Passphrase,
    /// It is another one.
    #[error("the passphrase is not the one that this file was closed with")]
    Wrong,
    /// It is none of these files, or closed otherwise than by a passphrase.
    #[error("this file was not closed with a passphrase in the format of age, or its beginning is damaged")]
    NotSealed,
    /// It asks for more memory than it may.
    #[error("the work of this file's passphrase is 2^{0}; at most 2^{MOST_WORK} is taken. Close it anew with less")]
    Work(u8),
    /// A piece is damaged, or missing.
    #[error("the file is damaged, or not whole")]
    Damaged,
    /// The system has no randomness.
    #[error("the system gives no random numbers")]
    Random,
}

/// A passphrase. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(String);

impl Passphrase {
    /// One that is long enough to be worth it.
    pub fn new(text: String) -> Result<Self, SealedError> {
        if (10..=1_024).contains(&text.chars().count()) { Ok(Self(text)) } else { Err(SealedError::Passphrase) }
    }

    /// The key that it stands for.
    fn key(&self, salt: &[u8; SALT], work: u8) -> Result<LessSafeKey, SealedError> {
        let params = scrypt::Params::new(work, 8, 1).map_err(|_| SealedError::NotSealed)?;
        let mut key = [0; 32];
        let salt = [LABEL, salt].concat();
        scrypt::scrypt(self.0.as_bytes(), &salt, &params, &mut key).map_err(|_| SealedError::NotSealed)?;
        aead_key(&key)
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

/// The pieces of one file, in order.
struct Pieces {
    key: LessSafeKey,
    number: u64,
}

impl Pieces {
    fn nonce(&mut self, last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(last);
        self.number += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Closes a file.
pub struct Sealing(Pieces);

impl Sealing {
    /// Begins one. Answers what stands before the first piece. It takes some tenths of a second and 64 MB.
    pub fn begin(passphrase: &Passphrase) -> Result<(Self, Vec<u8>), SealedError> {
        let (salt, file_key, nonce): ([u8; SALT], [u8; FILE_KEY], [u8; SALT]) = (random()?, random()?, random()?);
        let mut body = file_key.to_vec();
        let key = passphrase.key(&salt, WORK)?;
        let zero = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        key.seal_in_place_append_tag(zero, Aad::empty(), &mut body).map_err(|_| SealedError::NotSealed)?;
        let mut head = MAGIC.to_vec();
        let stanza = format!("-> scrypt {} {WORK}\n{}\n---", BASE64_NOPAD.encode(&salt), BASE64_NOPAD.encode(&body));
        head.extend_from_slice(stanza.as_bytes());
        let proof = hmac::sign(&mac_key(&file_key)?, &head);
        head.extend_from_slice(format!(" {}\n", BASE64_NOPAD.encode(proof.as_ref())).as_bytes());
        head.extend_from_slice(&nonce);
        Ok((Self(Pieces { key: payload_key(&file_key, &nonce)?, number: 0 }), head))
    }

    /// Closes the next piece, which has [`PIECE`] bytes unless it is the last one.
    pub fn piece(&mut self, mut piece: Vec<u8>, last: bool) -> Result<Vec<u8>, SealedError> {
        let nonce = self.0.nonce(last);
        let sealed = self.0.key.seal_in_place_append_tag(nonce, Aad::empty(), &mut piece);
        sealed.map_err(|_| SealedError::Damaged)?;
        Ok(piece)
    }

    /// The length of a file of `clear` bytes, with a beginning of `head` bytes.
    pub fn length(head: usize, clear: u64) -> u64 {
        let pieces = clear.div_ceil(PIECE as u64).max(1);
        head as u64 + clear + pieces * TAG as u64
    }
}

/// Opens a file.
pub struct Opening(Pieces);

impl Opening {
    /// The length of what stands before the first piece, if `beginning` has all of it.
    pub fn head_length(beginning: &[u8]) -> Result<Option<usize>, SealedError> {
        let known = MAGIC.len().min(beginning.len());
        if beginning[..known] != MAGIC[..known] {
            return Err(SealedError::NotSealed);
        }
        let proof = beginning.windows(5).position(|five| five == b"\n--- ");
        let end = proof.and_then(|at| Some(at + 1 + beginning[at + 1..].iter().position(|byte| *byte == b'\n')? + 1));
        match end {
            Some(end) if beginning.len() >= end + SALT => Ok(Some(end + SALT)),
            None if beginning.len() > MOST_HEADER => Err(SealedError::NotSealed),
            _ => Ok(None),
        }
    }

    /// Begins with what stands before the first piece. It takes some tenths of a second, and up to 256 MB.
    pub fn begin(head: &[u8], passphrase: &Passphrase) -> Result<Self, SealedError> {
        let split = head.len().checked_sub(SALT).ok_or(SealedError::NotSealed)?;
        let (text, nonce) = head.split_at(split);
        let text = std::str::from_utf8(text).map_err(|_| SealedError::NotSealed)?;
        let (proved, proof) = text.rsplit_once(' ').ok_or(SealedError::NotSealed)?;
        let mut lines = text.lines().skip(1);
        let mut words = lines.next().and_then(|line| line.strip_prefix("-> scrypt ")).unwrap_or_default().split(' ');
        let salt: [u8; SALT] = decoded(words.next())?;
        let work: u8 = words.next().and_then(|work| work.parse().ok()).ok_or(SealedError::NotSealed)?;
        if work > MOST_WORK {
            return Err(SealedError::Work(work));
        }
        let mut body: [u8; FILE_KEY + TAG] = decoded(lines.next())?;
        // one way in, and no other
        if words.next().is_some()
            || !lines.next().is_some_and(|line| line.starts_with("--- "))
            || lines.next().is_some()
        {
            return Err(SealedError::NotSealed);
        }
        let zero = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let opened = passphrase.key(&salt, work)?.open_in_place(zero, Aad::empty(), &mut body).map(|key| key.to_vec());
        let file_key: [u8; FILE_KEY] = opened.ok().and_then(|key| key.try_into().ok()).ok_or(SealedError::Wrong)?;
        let proof: [u8; 32] = decoded(Some(proof.trim_end_matches('\n')))?;
        hmac::verify(&mac_key(&file_key)?, proved.as_bytes(), &proof).map_err(|_| SealedError::Damaged)?;
        Ok(Self(Pieces { key: payload_key(&file_key, nonce)?, number: 0 }))
    }

    /// Opens the next piece, which has [`CLOSED`] bytes unless it is the last one.
    pub fn piece<'a>(&mut self, piece: &'a mut [u8], last: bool) -> Result<&'a [u8], SealedError> {
        let first = self.0.number == 0;
        let nonce = self.0.nonce(last);
        let clear = self.0.key.open_in_place(nonce, Aad::empty(), piece).map_err(|_| SealedError::Damaged)?;
        // an empty end stands alone, so that no file has two forms
        if clear.is_empty() && !first { Err(SealedError::Damaged) } else { Ok(clear) }
    }
}

fn aead_key(key: &[u8]) -> Result<LessSafeKey, SealedError> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| SealedError::NotSealed)?))
}

fn derived(salt: &[u8], key: &[u8], purpose: &[u8]) -> Result<[u8; 32], SealedError> {
    let mut made = [0; 32];
    let derived = Salt::new(HKDF_SHA256, salt).extract(key);
    let derived = derived.expand(&[purpose], HKDF_SHA256).and_then(|okm| okm.fill(&mut made));
    derived.map(|()| made).map_err(|_| SealedError::NotSealed)
}

fn mac_key(file_key: &[u8]) -> Result<hmac::Key, SealedError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &derived(&[], file_key, b"header")?))
}

fn payload_key(file_key: &[u8], nonce: &[u8]) -> Result<LessSafeKey, SealedError> {
    aead_key(&derived(nonce, file_key, b"payload")?)
}

fn random<const N: usize>() -> Result<[u8; N], SealedError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SealedError::Random)?;
    Ok(bytes)
}

fn decoded<const N: usize>(text: Option<&str>) -> Result<[u8; N], SealedError> {
    let bytes = BASE64_NOPAD.decode(text.unwrap_or_default().as_bytes()).map_err(|_| SealedError::NotSealed)?;
    bytes.try_into().map_err(|_| SealedError::NotSealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned()).unwrap()
    }

    fn closed(clear: &[u8]) -> Vec<u8> {
        let (mut sealing, mut file) = Sealing::begin(&passphrase("correct horse")).unwrap();
        let head = file.len();
        let pieces: Vec<_> = if clear.is_empty() { vec![clear] } else { clear.chunks(PIECE).collect() };
        for (at, piece) in pieces.iter().enumerate() {
            file.extend(sealing.piece(piece.to_vec(), at + 1 == pieces.len()).unwrap());
        }
        assert_eq!(file.len() as u64, Sealing::length(head, clear.len() as u64));
        file
    }

    fn opened(file: &[u8], text: &str) -> Result<Vec<u8>, SealedError> {
        let head = Opening::head_length(file)?.ok_or(SealedError::NotSealed)?;
        let mut opening = Opening::begin(&file[..head], &passphrase(text))?;
        let mut clear = Vec::new();
        let mut rest = file[head..].to_vec();
        let count = rest.chunks(CLOSED).count();
        for (at, piece) in rest.chunks_mut(CLOSED).enumerate() {
            clear.extend_from_slice(opening.piece(piece, at + 1 == count)?);
        }
        Ok(clear)
    }

    #[test]
    fn what_is_closed_is_opened_by_its_passphrase_and_nothing_else() {
        for length in [0, 1, PIECE, PIECE + 1] {
            let clear: Vec<u8> = (0..length).map(|i| (i / 7) as u8).collect();
            assert_eq!(opened(&closed(&clear), "correct horse").unwrap(), clear, "{length}");
        }
        let file = closed(b"the CA's key");
        assert!(!file.windows(6).any(|six| six == b"CA's k"));
        assert_eq!(opened(&file, "correct horsf").unwrap_err(), SealedError::Wrong);
        assert_eq!(Passphrase::new("short".into()).unwrap_err(), SealedError::Passphrase);
        assert!(!format!("{:?}", passphrase("correct horse")).contains("horse"));
    }

    #[test]
    fn a_file_that_age_closed_is_opened() {
        // age 1.1.1: `age -p -o vec.age vec.txt`
        let file = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBnaDRQQkdwWnc0bVVQVGFVRHM0TSt3IDE4CkRXVWF6WnlEVHI3VVJ0 \
         ZzNMVmUxL3ZiSW1aN0d4NFdWNlhxaUJKa3ZpQ3MKLS0tIGdwV0lGOVd5R0FvRWlzTVI1NUVLc1FwLzJwMkRROGZod2tXZTB3 \
         K1dPUWcKHbgprwDqs4G0DrGsrJh0bAPck20WbUJ5VM1oxGkR/wJDtJ6RXs3ksXFxp7TGw8cKZ4RQiA4=";
        let file = data_encoding::BASE64.decode(file.replace(' ', "").as_bytes()).unwrap();
        assert_eq!(opened(&file, "correct horse").unwrap(), b"music for four rooms\n");
    }

    #[test]
    fn what_was_changed_or_cut_is_found() {
        let file = closed(&vec![7; PIECE + 5]);
        let head = Opening::head_length(&file).unwrap().unwrap();
        for (name, damaged) in [
            ("a byte of a piece", [&file[..head + 9], &[file[head + 9] ^ 1], &file[head + 10..]].concat()),
            ("its end", file[..head + CLOSED].to_vec()),
            ("half a piece", file[..head + 100].to_vec()),
            ("more behind it", [&file[..], &[0; 40]].concat()),
        ] {
            assert_eq!(opened(&damaged, "correct horse").unwrap_err(), SealedError::Damaged, "{name}");
        }
        let text = String::from_utf8_lossy(&file[..head - SALT]).into_owned();
        let with = |from: &str, to: &str| [text.replacen(from, to, 1).as_bytes(), &[0; SALT]].concat();
        let begin = |head: Vec<u8>| Opening::begin(&head, &passphrase("correct horse")).map(drop).unwrap_err();
        assert_eq!(begin(with(" 16\n", " 30\n")), SealedError::Work(30), "no memory is asked for");
        assert_eq!(begin(with("-> scrypt", "-> X25519")), SealedError::NotSealed);
        assert_eq!(begin(with("\n--- ", "\n-> x\n\n--- ")), SealedError::NotSealed);
        assert_eq!(Opening::head_length(b"SQLite format 3\0").unwrap_err(), SealedError::NotSealed);
        assert_eq!(Opening::head_length(&file[..head - 1]).unwrap(), None, "more must come");
        let endless = [MAGIC, &vec![b'a'; 2_000]].concat();
        assert_eq!(Opening::head_length(&endless).unwrap_err(), SealedError::NotSealed);
    }
}
