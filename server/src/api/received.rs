//! A backup as it comes in: the file itself, or before it a line of JSON that tells the passphrase which it was closed
//! with.

use std::mem;

use axum::http::StatusCode;
use downbeat_trust::sealed::{CLOSED, MAGIC, Opening, Passphrase, SealedError};
use serde::Deserialize;

use super::problem::Problem;

/// The most bytes of the line.
const MOST_LINE: usize = 8 * 1_024;

/// The line before the file. It does not print itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    passphrase: String,
}

/// The part that comes next.
enum Part {
    /// The line, or the file's beginning.
    Beginning,
    /// The file's beginning.
    File(Option<Passphrase>),
    /// A file in clear.
    Clear,
    /// The pieces of one that is closed.
    Pieces(Box<Opening>),
}

/// A backup that comes in.
pub struct Received {
    part: Part,
    waiting: Vec<u8>,
}

impl Received {
    /// Nothing of it is there yet.
    pub fn begin() -> Self {
        Self { part: Part::Beginning, waiting: Vec::new() }
    }

    /// True if it was closed with a passphrase.
    pub fn is_sealed(&self) -> bool {
        matches!(self.part, Part::Pieces(_))
    }

    /// Takes the next bytes; `last`: nothing comes after them. Answers what of the database they are.
    pub async fn take(&mut self, bytes: &[u8], last: bool) -> Result<Vec<u8>, Problem> {
        self.waiting.extend_from_slice(bytes);
        if matches!(self.part, Part::Beginning) && !self.line(last)? {
            return Ok(Vec::new());
        }
        if let Part::File(passphrase) = &self.part {
            let known = self.waiting.len().min(MAGIC.len());
            if self.waiting[..known] == MAGIC[..known] {
                let Some(head) = Opening::head_length(&self.waiting)? else {
                    return Ok(if last { mem::take(&mut self.waiting) } else { Vec::new() });
                };
                let passphrase = passphrase.clone().ok_or_else(passphrase_needed)?;
                let head: Vec<u8> = self.waiting.drain(..head).collect();
                // some tenths of a second
                let opened = tokio::task::spawn_blocking(move || Opening::begin(&head, &passphrase)).await;
                self.part = Part::Pieces(Box::new(opened.map_err(|_| SealedError::NotSealed)??));
            } else {
                self.part = Part::Clear;
            }
        }
        match &mut self.part {
            Part::Pieces(opening) => Ok(pieces(opening, &mut self.waiting, last)?),
            _ => Ok(mem::take(&mut self.waiting)),
        }
    }

    /// Reads the line, if there is one. Answers false while more must come.
    fn line(&mut self, last: bool) -> Result<bool, Problem> {
        if self.waiting.first() != Some(&b'{') {
            let known = last || !self.waiting.is_empty();
            if known {
                self.part = Part::File(None);
            }
            return Ok(known);
        }
        let Some(end) = self.waiting.iter().position(|byte| *byte == b'\n') else {
            if last || self.waiting.len() > MOST_LINE {
                return Err(Problem::field("passphrase", "the line of JSON before the file has no end"));
            }
            return Ok(false);
        };
        let line: Vec<u8> = self.waiting.drain(..=end).collect();
        // what is in it is not told again
        let line = serde_json::from_slice::<Line>(&line);
        let line =
            line.map_err(|_| Problem::field("passphrase", "the line before the file names a passphrase alone"))?;
        self.part = Part::File(Some(Passphrase::new(line.passphrase)?));
        Ok(true)
    }
}

fn pieces(opening: &mut Opening, waiting: &mut Vec<u8>, last: bool) -> Result<Vec<u8>, SealedError> {
    let mut clear = Vec::with_capacity(waiting.len());
    let mut done = 0;
    // the last piece is told by that nothing is behind it
    while waiting.len() - done > CLOSED {
        clear.extend_from_slice(opening.piece(&mut waiting[done..done + CLOSED], false)?);
        done += CLOSED;
    }
    if last {
        clear.extend_from_slice(opening.piece(&mut waiting[done..], true)?);
        done = waiting.len();
    }
    waiting.drain(..done);
    Ok(clear)
}

fn passphrase_needed() -> Problem {
    let detail = "this backup was closed with a passphrase: send a line of JSON before it, {\"passphrase\": \"...\"}";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "passphrase_needed", detail)
}

impl From<SealedError> for Problem {
    fn from(error: SealedError) -> Self {
        let detail = error.to_string();
        let code = match error {
            SealedError::Passphrase => return Self::field("passphrase", detail),
            SealedError::Random => return Self::new(StatusCode::INTERNAL_SERVER_ERROR, "storage_failed", detail),
            SealedError::Wrong => "wrong_passphrase",
            SealedError::NotSealed | SealedError::Work(_) | SealedError::Damaged => "not_a_backup",
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }
}

#[cfg(test)]
mod tests {
    use downbeat_trust::sealed::{PIECE, Sealing};

    use super::*;

    /// Takes it in chunks of this length.
    async fn received(sent: &[u8], chunk: usize) -> Result<(Vec<u8>, bool), String> {
        let (mut received, mut clear) = (Received::begin(), Vec::new());
        for part in sent.chunks(chunk) {
            clear.extend(received.take(part, false).await.map_err(|p| p.code().to_owned())?);
        }
        clear.extend(received.take(&[], true).await.map_err(|p| p.code().to_owned())?);
        Ok((clear, received.is_sealed()))
    }

    #[tokio::test]
    async fn a_backup_is_taken_in_clear_and_closed_in_whatever_pieces_it_comes() {
        let clear: Vec<u8> = b"SQLite format 3\0".iter().copied().chain((0..PIECE + 9).map(|i| i as u8)).collect();
        let (mut sealing, mut sealed) = Sealing::begin(&Passphrase::new("correct horse".into()).unwrap()).unwrap();
        sealed.extend(sealing.piece(clear[..PIECE].to_vec(), false).unwrap());
        sealed.extend(sealing.piece(clear[PIECE..].to_vec(), true).unwrap());
        let with = |passphrase: &str| [format!("{{\"passphrase\":\"{passphrase}\"}}\n").as_bytes(), &sealed].concat();
        for chunk in [700, 100_000, 1_000_000] {
            assert_eq!(received(&clear, chunk).await.unwrap(), (clear.clone(), false), "{chunk}");
            assert_eq!(received(&with("correct horse"), chunk).await.unwrap(), (clear.clone(), true), "{chunk}");
        }
        let whole = with("correct horse");
        let refused = async |sent: &[u8]| received(sent, 50_000).await.unwrap_err();
        assert_eq!(refused(&sealed).await, "passphrase_needed");
        assert_eq!(refused(&with("another horse")).await, "wrong_passphrase");
        assert_eq!(refused(&with("short")).await, "invalid_field");
        assert_eq!(refused(&whole[..whole.len() - 1]).await, "not_a_backup");
        assert_eq!(refused(b"{\"passphrase\":\"correct horse\"").await, "invalid_field");
        assert_eq!(refused(&"{".repeat(20_000).into_bytes()).await, "invalid_field");
        assert_eq!(received(b"", 1).await.unwrap(), (Vec::new(), false));
    }
}
