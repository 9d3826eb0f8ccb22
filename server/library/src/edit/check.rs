//! The content of a file as decoders and other parsers find it: the same before and after an edit, but for the fields
//! that were named.
//!
//! Nothing is decoded for it. A decoder's output follows from its parameters and the packets, and these are hashed, of
//! every track, by the reader that plays them ([`downbeat_media::content`]); to that comes the length that the probe
//! finds. Tags are read by two parsers that did not write them: the decoder's, which knows every item by its raw name,
//! and lofty.

use std::{collections::HashMap, fs::File, io, os::unix::fs::FileExt as _, path::Path};

use downbeat_media::{Content, guard};
use lofty::{
    config::ParseOptions,
    file::TaggedFileExt as _,
    probe::Probe,
    tag::{ItemKey, Tag},
};

use super::{error::EditError, field_names::name};
use crate::{
    limits::Limits,
    probe::{self, Facts},
    retag::{self, Field, Refusal, Wanted, fields},
    separators::{Of, Separators},
    source::Source,
    tags::{self, Tags},
};

/// The bytes that are looked at where something is said to lie.
const LANDMARK: usize = 16;

/// The findings of the others about one file.
pub(super) struct Witness {
    sound: blake3::Hash,
    facts: Result<Facts, String>,
    content: Content,
    /// By lofty; `None` if it gives up on the file.
    tags: Option<Vec<Tag>>,
    /// The bytes at all places that the file names.
    landmarks: Vec<Vec<u8>>,
    said: Tags,
}

impl Witness {
    pub(super) fn of(file: &File, ending: &str, limits: &Limits) -> Result<Self, EditError> {
        let path = Path::new("the file");
        let fail = |e| EditError::new(path, e);
        let clone = file.try_clone().map_err(fail)?;
        let source = Source::new(clone, file.metadata().map_err(fail)?.len(), limits.clone());
        let found = guard::catch(|| Self::look(&source, file, ending));
        if let Some(error) = source.trouble() {
            return Err(fail(error));
        }
        limits.check().map_err(fail)?;
        let found = found.unwrap_or_else(|_| Err("a parser failed on it".into()));
        found.map_err(|reason| EditError::Unsupported(format!("its sound could not be compared afterwards: {reason}")))
    }

    fn look(source: &Source, file: &File, ending: &str) -> Result<Self, String> {
        let mut hasher = blake3::Hasher::new();
        let mut heard = |bytes: &[u8]| _ = hasher.update(bytes);
        let content =
            downbeat_media::content(Box::new(source.reader()), ending, &mut heard).map_err(|e| e.to_string())?;
        let facts = probe::probe(source.reader(), ending).map_err(|fault| fault.words);
        let places = match retag::places(&mut source.reader()) {
            Ok(places) => places,
            Err(Refusal::Io(error)) => return Err(error.to_string()),
            Err(Refusal::Cannot(reason)) => return Err(reason),
        };
        let landmarks = places.into_iter().map(|at| landmark(file, at)).collect();
        let said = tags::read(&mut source.reader(), &Separators::none(), &|| None).map_err(|e| e.to_string())?;
        Ok(Self { sound: hasher.finalize(), facts, content, tags: by_lofty(source), landmarks, said })
    }

    /// The error is for people.
    pub(super) fn compare(&self, after: &Self, wanted: &[Wanted]) -> Result<(), String> {
        if self.sound != after.sound {
            return Err("a decoder finds another sound in it".into());
        }
        match (&self.facts, &after.facts) {
            (Ok(before), Ok(after)) if before == after => {}
            (Err(_), Err(_)) => {}
            (_, Err(reason)) => return Err(format!("it would no longer play: {reason}")),
            _ => return Err("its length or its warnings would be others".into()),
        }
        if self.landmarks != after.landmarks {
            return Err("places that it names would no longer be true".into());
        }
        self.compare_content(after, wanted)?;
        if let Some(before) = &self.tags {
            let Some(after) = &after.tags else { return Err("its tags could no longer be read".into()) };
            compare_tags(before, after, wanted)?;
        }
        claims(&after.said, wanted)
    }

    fn compare_content(&self, after: &Self, wanted: &[Wanted]) -> Result<(), String> {
        if self.content.pictures != after.content.pictures {
            return Err("its pictures would be others".into());
        }
        let named = |name: &str| fields_of(name).any(|field| is_named(wanted, field)) || is_part_of_date(name, wanted);
        let mut counts: HashMap<(&str, &str), i64> = HashMap::new();
        for (name, value) in after.content.tags.iter().filter(|(name, _)| !named(name)) {
            *counts.entry((name, value)).or_default() += 1;
        }
        for (name, value) in self.content.tags.iter().filter(|(name, _)| !named(name)) {
            let count = counts.entry((name, value)).or_default();
            *count -= 1;
            if *count < 0 {
                return Err(format!("it would lose its {name:?}"));
            }
        }
        // A tag that is made anew says what another one of the file says.
        let kinds = |tags: &Option<Vec<Tag>>| tags.iter().flatten().map(Tag::tag_type).collect::<Vec<_>>();
        let had = kinds(&self.tags);
        let anew = self.tags.is_none() || kinds(&after.tags).iter().any(|kind| !had.contains(kind));
        match counts.into_iter().find(|(_, count)| *count > 0) {
            Some(((name, _), _)) if !anew => Err(format!("it would get a {name:?} that nobody asked for")),
            _ => Ok(()),
        }
    }
}

fn landmark(file: &File, at: u64) -> Vec<u8> {
    let mut bytes = vec![0; LANDMARK];
    let read = file.read_at(&mut bytes, at).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

fn by_lofty(source: &Source) -> Option<Vec<Tag>> {
    guard::catch(|| {
        let options = ParseOptions::new().read_properties(false);
        let probe = Probe::new(io::BufReader::new(source.reader())).options(options).guess_file_type().ok()?;
        Some(probe.read().ok()?.tags().to_vec())
    })
    .unwrap_or(None)
}

fn is_named(wanted: &[Wanted], field: Field) -> bool {
    fields::with_dependants(wanted).iter().any(|(named, _)| *named == field)
}

/// The fields that a raw name may be of, in any kind of tag.
fn fields_of(name: &str) -> impl Iterator<Item = Field> {
    let name = name.rsplit_once("com.apple.iTunes:").map_or(name.to_owned(), |(_, own)| format!("----:{own}"));
    let kinds = [fields::Kind::Vorbis, fields::Kind::Id3v2, fields::Kind::Mp4, fields::Kind::Info];
    kinds.into_iter().filter_map(move |kind| kind.field(&name))
}

/// The day and the time, which go with another year.
fn is_part_of_date(name: &str, wanted: &[Wanted]) -> bool {
    matches!(name, "TDAT" | "TIME" | "TDA" | "TIM") && is_named(wanted, Field::Year)
}

fn keys(field: Field) -> &'static [ItemKey] {
    match field {
        Field::Title => &[ItemKey::TrackTitle],
        Field::Artist => &[ItemKey::TrackArtist],
        Field::Artists => &[ItemKey::TrackArtists],
        Field::Album => &[ItemKey::AlbumTitle],
        Field::AlbumArtist => &[ItemKey::AlbumArtist],
        Field::AlbumArtists => &[ItemKey::AlbumArtists],
        Field::Genre => &[ItemKey::Genre],
        Field::Composer => &[ItemKey::Composer],
        Field::Year => &[ItemKey::Year, ItemKey::RecordingDate],
        Field::Track => &[ItemKey::TrackNumber, ItemKey::TrackTotal],
        Field::Disc => &[ItemKey::DiscNumber, ItemKey::DiscTotal],
        _ => &[],
    }
}

fn compare_tags(before: &[Tag], after: &[Tag], wanted: &[Wanted]) -> Result<(), String> {
    let named: Vec<ItemKey> =
        fields::with_dependants(wanted).iter().flat_map(|(field, _)| keys(*field)).copied().collect();
    for tag in before {
        let Some(now) = after.iter().find(|t| t.tag_type() == tag.tag_type()) else {
            // A tag of which nothing is left is no tag any more.
            if tag.items().all(|item| named.contains(&item.key())) && tag.pictures().is_empty() {
                continue;
            }
            return Err(format!("it would lose its {:?}", tag.tag_type()));
        };
        let others = |tag: &Tag| {
            let items = tag.items().filter(|item| !named.contains(&item.key()));
            let mut items: Vec<String> = items.map(|item| format!("{item:?}")).collect();
            items.sort_unstable();
            items
        };
        if let Some(lost) = others(tag).iter().find(|item| !others(now).contains(item)) {
            return Err(format!("it would lose {lost:.200}"));
        }
        if tag.pictures() != now.pictures() {
            return Err("its pictures would be others".into());
        }
    }
    Ok(())
}

/// Fails if the library would not read what is wanted.
fn claims(said: &Tags, wanted: &[Wanted]) -> Result<(), String> {
    for (field, values) in wanted {
        let list = tags::values(&Separators::none(), Of::Artists, values.iter().map(String::as_str));
        let one = values.first().map(|v| tags::tidy(v)).unwrap_or_default();
        let number = values.first().and_then(|v| fields::number(v));
        let right = match field {
            Field::Title => said.title == one,
            Field::Album => said.album == one,
            Field::Artist => said.artists == list,
            Field::AlbumArtist => said.album_artists == list,
            Field::Genre => said.genres == list,
            Field::Composer => said.composer == tags::joined(&list),
            Field::Year => values.is_empty() || said.year == fields::year(&values[0]),
            Field::Track => said.track_no == number,
            Field::Disc => said.disc_no == number,
            _ => true,
        };
        if !right {
            return Err(format!("its tags cannot say this {}", name(*field)));
        }
    }
    Ok(())
}
