//! The loudness that tags state, in every kind of file that has tags, and what becomes of it.

use lofty::{
    TextEncoding,
    config::{ParseOptions, WriteOptions},
    file::{AudioFile as _, TaggedFileExt as _},
    id3::v2::{CommentFrame, Frame, Id3v2Tag},
    mp4::{Atom, AtomData, AtomIdent, Ilst},
    ogg::OpusFile,
    tag::{ItemKey, Tag, TagExt as _, TagType},
};

use super::*;
use crate::{
    separators::Separators,
    tags::{self, Gains},
};

fn gains_of(path: &Path) -> Gains {
    tags::read(&mut fs::File::open(path).unwrap(), &Separators::default(), &|| None).unwrap().gains
}

#[test]
fn replay_gain_is_read_of_every_kind_of_tag() {
    let bench = Bench::new();
    for (fixture, kind) in [
        ("44100-stereo-16.flac", TagType::VorbisComments),
        ("44100-stereo-cbr-lame.mp3", TagType::Id3v2),
        ("44100-stereo-vbr-lame.mp3", TagType::Ape),
        ("44100-stereo.ogg", TagType::VorbisComments),
        ("48000-stereo.opus", TagType::VorbisComments),
        ("44100-stereo-aac.m4a", TagType::Mp4Ilst),
        ("44100-stereo-alac.m4a", TagType::Mp4Ilst),
        ("44100-mono-adts.aac", TagType::Id3v2),
        ("44100-stereo-16.wav", TagType::Id3v2),
        ("44100-mono-16.aiff", TagType::Id3v2),
    ] {
        let path = bench.fixture(fixture, fixture);
        assert_eq!(gains_of(&path), Gains::default(), "{fixture}");
        let mut tag = Tag::new(kind);
        for (key, text) in [
            (ItemKey::ReplayGainTrackGain, "-6.54 dB"),
            (ItemKey::ReplayGainTrackPeak, "0.988"),
            (ItemKey::ReplayGainAlbumGain, "-7.25 dB"),
            (ItemKey::ReplayGainAlbumPeak, "1.01"),
        ] {
            assert!(tag.insert_text(key, text.into()), "{fixture}: {key:?}");
        }
        tag.save_to_path(&path, WriteOptions::default()).unwrap();
        let expected =
            Gains { track_db: Some(-6.54), track_peak: Some(0.988), album_db: Some(-7.25), album_peak: Some(1.01) };
        assert_eq!(gains_of(&path), expected, "{fixture}, {kind:?}");
    }
}

#[test]
fn r128_tags_of_opus_aim_five_decibels_lower() {
    let bench = Bench::new();
    let path = bench.fixture("48000-stereo.opus", "a.opus");
    let mut opened = fs::File::open(&path).unwrap();
    let mut opus = OpusFile::read_from(&mut opened, ParseOptions::new()).unwrap();
    opus.vorbis_comments_mut().push("R128_TRACK_GAIN".into(), "-512".into());
    opus.vorbis_comments_mut().push("R128_ALBUM_GAIN".into(), "256".into());
    opus.save_to_path(&path, WriteOptions::default()).unwrap();
    let gains = gains_of(&path);
    assert_eq!((gains.track_db, gains.album_db), (Some(3.0), Some(6.0)));
}

/// What iTunes' Sound Check aims at is not written down, and what it measured is coarse: such a file is measured here.
#[tokio::test]
async fn itunes_own_loudness_is_passed_over_and_the_file_is_measured() {
    const NORM: &str = " 000003E8 000003E8 00002710 00002710 00000000 00000000 00007FFF 00007FFF 00000000 00000000";
    let bench = Bench::new();
    let mp3 = bench.fixture("44100-stereo-cbr-lame.mp3", "a.mp3");
    let mut id3 = Id3v2Tag::default();
    let comment = CommentFrame::new(TextEncoding::Latin1, *b"eng", "iTunNORM", NORM);
    id3.insert(Frame::Comment(comment));
    id3.save_to_path(&mp3, WriteOptions::default()).unwrap();
    let m4a = bench.fixture("44100-stereo-aac.m4a", "b.m4a");
    let mut ilst = Ilst::default();
    let name = AtomIdent::Freeform { mean: "com.apple.iTunes".into(), name: "iTunNORM".into() };
    ilst.insert(Atom::new(name, AtomData::UTF8(NORM.into())));
    ilst.save_to_path(&m4a, WriteOptions::default()).unwrap();
    let there = lofty::read_from_path(&m4a).unwrap();
    assert!(there.primary_tag().is_some(), "the tag is in the file");
    let library = bench.library_while_scanning().await;
    library.fulfilled(1).await;
    all_done(&library).await;
    for path in [&mp3, &m4a] {
        assert_eq!(gains_of(path), Gains::default());
        let track = by_path(&library.catalog(), path);
        let (gain, lufs) = (track.track_gain_db.unwrap(), track.loudness_lufs.unwrap());
        assert_eq!(track.track_gain_from, Some(downbeat_store::GainSource::Measured));
        assert!((gain - (-18.0 - lufs)).abs() < 0.01, "{gain}, {lufs}");
    }
}
