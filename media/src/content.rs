//! All that is in a file as a reader of sound sees it: to compare two files, and to read tags by other code than that
//! which wrote them.

use std::fmt::Write as _;
use std::io::ErrorKind;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::errors::Error;
use symphonia::core::formats::FormatReader;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::{MetadataContainer, MetadataRevision};

use crate::registry::recognise;
use crate::watched::Watched;
use crate::{MediaError, MediaSource};

/// Faults in a row after which the rest of a file is passed over.
const MAX_FAULTS_IN_A_ROW: u32 = 1000;

/// The tags of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// The name of each, as the kind of file calls it, and its value in words.
    pub tags: Vec<(String, String)>,
    /// The pictures.
    pub pictures: Vec<Box<[u8]>>,
}

/// Reads a file from its start to its end. `heard` is called with everything that a decoder of any of its tracks is
/// given: the parameters of the codec, and every packet with its time.
///
/// A decoder's output follows from these alone. So files of which the same is heard decode to the same samples, though
/// nothing is decoded here: also of tracks that cannot be decoded here, and in the time of reading the file.
pub fn content(source: Box<dyn MediaSource>, hint: &str, heard: &mut dyn FnMut(&[u8])) -> Result<Content, MediaError> {
    let (source, watch) = Watched::new(source);
    let mut extension = Hint::new();
    if !hint.is_empty() {
        extension.with_extension(hint);
    }
    let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    let mut reader = recognise(stream, &extension, &watch)?;
    let mut found = Content::default();
    tracks(reader.as_ref(), heard);
    let mut in_a_row = 0;
    while in_a_row < MAX_FAULTS_IN_A_ROW {
        let result = reader.next_packet();
        if let Some(failure) = watch.take_failure() {
            return Err(failure);
        }
        match result {
            Ok(Some(packet)) => {
                watch.progress();
                in_a_row = 0;
                heard(b"packet");
                heard(&packet.track_id.to_le_bytes());
                heard(&packet.pts.get().to_le_bytes());
                for duration in [packet.dur, packet.trim_start, packet.trim_end] {
                    heard(&duration.get().to_le_bytes());
                }
                heard(&(packet.data.len() as u64).to_le_bytes());
                heard(&packet.data);
            }
            Ok(None) => break,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            // Another link of a chain.
            Err(Error::ResetRequired) => {
                in_a_row += 1;
                tracks(reader.as_ref(), heard);
            }
            Err(_) => {
                in_a_row += 1;
                heard(b"fault");
            }
        }
    }
    let mut metadata = reader.metadata();
    while let Some(revision) = metadata.pop() {
        found.add(&revision);
    }
    if let Some(revision) = metadata.current() {
        found.add(revision);
    }
    Ok(found)
}

fn tracks(reader: &dyn FormatReader, heard: &mut dyn FnMut(&[u8])) {
    for track in reader.tracks() {
        // Not the length: of some kinds of file it is guessed by the file's size.
        let params = match &track.codec_params {
            Some(CodecParameters::Audio(params)) => format!("{params:?}"),
            other => format!("{other:?}"),
        };
        let text = format!(
            "{} {params} {:?} {:?} {:?} {:?}",
            track.id, track.time_base, track.start_ts, track.delay, track.padding
        );
        heard(text.as_bytes());
    }
}

impl Content {
    fn add(&mut self, revision: &MetadataRevision) {
        self.add_all(&revision.media, "");
        for track in &revision.per_track {
            self.add_all(&track.metadata, &format!("{}:", track.track_id));
        }
    }

    fn add_all(&mut self, container: &MetadataContainer, prefix: &str) {
        for tag in &container.tags {
            let (mut name, mut value) = (format!("{prefix}{}", tag.raw.key), tag.raw.value.to_string());
            for part in tag.raw.sub_fields.iter().flatten() {
                // Texts of people's own have the name beside the value.
                if tag.raw.key == "TXXX" && part.field == "DESCRIPTION" {
                    let _ = write!(name, ":{}", part.value);
                } else {
                    let _ = write!(value, "; {}: {}", part.field, part.value);
                }
            }
            self.tags.push((name, value));
        }
        for visual in &container.visuals {
            self.tags.push((format!("{prefix}picture"), format!("{:?} {:?}", visual.usage, visual.media_type)));
            self.pictures.push(visual.data.clone());
        }
    }
}
