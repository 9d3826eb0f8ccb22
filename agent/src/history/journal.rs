//! The stretches that the coordinator does not have yet, and the file that they survive in.
//!
//! Pure: it makes and reads bytes. A line of the file is eight digits of a checksum, a space, a JSON object and a line
//! feed; lines are only ever appended, so that a power cut tears at most the last ones. What a torn file holds is
//! read line by line: a line that is not what its checksum says is left out, and nothing else is lost by that.

use std::collections::{BTreeMap, VecDeque};

use downbeat_protocol::history::Stretch;
use serde::{Deserialize, Serialize};

use super::stretches::{Note, Reach};

/// The most stretches that are kept: three weeks of tracks of three minutes. Then the oldest go.
pub const MAX_STRETCHES: usize = 10_000;

/// Digits of the checksum.
const CHECK: usize = 8;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// Numbers that were given out and are told nowhere else.
    Head { next_sequence: u64, next_key: u64, dropped: u64 },
    /// A note of a stretch that lasts.
    Note(Note),
    /// It ended, under this number.
    Ended { sequence: u64, cut: bool, reach: Reach },
    /// One that ended, as a whole.
    Stretch(Stretch),
    /// The coordinator has all up to this one.
    Kept { sequence: u64 },
    /// All up to this one had to go; so many did, ever.
    Dropped { sequence: u64, total: u64 },
}

/// The stretches that the coordinator does not have yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    next_sequence: u64,
    next_key: u64,
    dropped: u64,
    lasting: BTreeMap<u64, Stretch>,
    ended: VecDeque<Stretch>,
    most: usize,
}

impl Default for Journal {
    fn default() -> Self {
        let (lasting, ended) = (BTreeMap::new(), VecDeque::new());
        Self { next_sequence: 1, next_key: 1, dropped: 0, lasting, ended, most: MAX_STRETCHES }
    }
}

impl Journal {
    /// The journal in the file's `bytes`, and the number of damaged lines.
    pub fn read(bytes: &[u8]) -> (Self, usize) {
        let (mut journal, mut damaged) = (Self::default(), 0);
        for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            match parse(line) {
                Some(line) => drop(journal.apply(line)),
                None => damaged += 1,
            }
        }
        (journal, damaged)
    }

    /// A stretch that lasts has ended where it was when it was last noted: this machine went down meanwhile.
    pub fn recover(&mut self) {
        for (key, stretch) in std::mem::take(&mut self.lasting) {
            let reach = Reach { key, to: stretch.to_frames, missing: stretch.missing_frames };
            self.lasting.insert(key, stretch);
            let sequence = self.next_sequence;
            let _ = self.apply(Line::Ended { sequence, cut: true, reach });
        }
    }

    /// Takes what another has that ended, under numbers of its own: of a file that could not be read for a time.
    pub fn take_over(&mut self, other: Self) {
        self.dropped += other.dropped;
        for stretch in other.ended {
            let sequence = self.next_sequence;
            let _ = self.apply(Line::Stretch(Stretch { sequence, ..stretch }));
        }
    }

    /// The whole as a file.
    pub fn image(&self) -> Vec<u8> {
        let Self { next_sequence, next_key, dropped, .. } = *self;
        let mut bytes = written(&Line::Head { next_sequence, next_key, dropped });
        for stretch in &self.ended {
            bytes.extend(written(&Line::Stretch(stretch.clone())));
        }
        for (key, stretch) in &self.lasting {
            bytes.extend(written(&Line::Note(Note::Begun { key: *key, stretch: stretch.clone() })));
        }
        bytes
    }

    /// Takes a note; answers with what is to be appended to the file.
    pub fn note(&mut self, note: Note) -> Vec<u8> {
        let line = match note {
            Note::Ended(reach) if !self.lasting.contains_key(&reach.key) => return Vec::new(),
            Note::Ended(reach) => Line::Ended { sequence: self.next_sequence, cut: false, reach },
            note => Line::Note(note),
        };
        let mut bytes = written(&line);
        if let Some(sequence) = self.apply(line) {
            bytes.extend(written(&Line::Dropped { sequence, total: self.dropped }));
        }
        bytes
    }

    /// The coordinator has all up to this one; answers with what is to be appended to the file.
    pub fn kept(&mut self, sequence: u64) -> Vec<u8> {
        if self.ended.front().is_none_or(|first| first.sequence > sequence) {
            return Vec::new();
        }
        let line = Line::Kept { sequence };
        let bytes = written(&line);
        let _ = self.apply(line);
        bytes
    }

    /// The oldest that ended, at most so many.
    pub fn oldest(&self, most: usize) -> Vec<Stretch> {
        self.ended.iter().take(most).cloned().collect()
    }

    /// How many have ended and wait.
    pub fn waiting(&self) -> usize {
        self.ended.len()
    }

    /// How many had to go, ever.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The first key that was not given to any.
    pub fn next_key(&self) -> u64 {
        self.next_key
    }

    /// How many are held, ended or not.
    pub fn len(&self) -> usize {
        self.ended.len() + self.lasting.len()
    }

    /// True if no stretch is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Answers with the last that had to go for it, if any.
    fn apply(&mut self, line: Line) -> Option<u64> {
        match line {
            Line::Head { next_sequence, next_key, dropped } => {
                self.next_sequence = self.next_sequence.max(next_sequence);
                self.next_key = self.next_key.max(next_key);
                self.dropped = self.dropped.max(dropped);
            }
            Line::Note(Note::Begun { key, stretch }) => {
                self.next_key = self.next_key.max(key.saturating_add(1));
                self.lasting.insert(key, stretch);
            }
            Line::Note(Note::Reached(reach) | Note::Ended(reach)) => {
                if let Some(stretch) = self.lasting.get_mut(&reach.key) {
                    (stretch.to_frames, stretch.missing_frames) = (reach.to, reach.missing);
                }
            }
            Line::Ended { sequence, cut, reach } => {
                self.next_sequence = self.next_sequence.max(sequence.saturating_add(1));
                if let Some(stretch) = self.lasting.remove(&reach.key) {
                    let (to_frames, missing_frames) = (reach.to, reach.missing);
                    return self.keep(Stretch { sequence, to_frames, missing_frames, cut, ..stretch });
                }
            }
            Line::Stretch(stretch) => {
                self.next_sequence = self.next_sequence.max(stretch.sequence.saturating_add(1));
                return self.keep(stretch);
            }
            Line::Kept { sequence } => self.remove(sequence),
            Line::Dropped { sequence, total } => {
                self.remove(sequence);
                self.dropped = self.dropped.max(total);
            }
        }
        None
    }

    fn keep(&mut self, stretch: Stretch) -> Option<u64> {
        self.ended.push_back(stretch);
        if self.ended.len() <= self.most {
            return None;
        }
        self.dropped += 1;
        self.ended.pop_front().map(|s| s.sequence)
    }

    fn remove(&mut self, sequence: u64) {
        while self.ended.front().is_some_and(|s| s.sequence <= sequence) {
            self.ended.pop_front();
        }
    }
}

fn check(json: &[u8]) -> [u8; CHECK] {
    let hex = blake3::hash(json).to_hex();
    let mut check = [0; CHECK];
    check.copy_from_slice(&hex.as_bytes()[..CHECK]);
    check
}

fn written(line: &Line) -> Vec<u8> {
    // Strings and numbers: there is nothing in a line that serde_json can refuse.
    let json = serde_json::to_vec(line).unwrap_or_default();
    let mut bytes = check(&json).to_vec();
    bytes.push(b' ');
    bytes.extend(json);
    bytes.push(b'\n');
    bytes
}

fn parse(line: &[u8]) -> Option<Line> {
    let (sum, json) = line.split_at_checked(CHECK)?;
    let json = json.strip_prefix(b" ").filter(|json| check(json) == sum)?;
    serde_json::from_slice(json).ok()
}
