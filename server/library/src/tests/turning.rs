//! Files that ffmpeg turns into FLAC: with the real one, each beside what ffmpeg itself decodes.

use std::process::Command;

use downbeat_media::Decoder;

use super::*;

/// The library on these folders, in which this program turns what is to be turned.
pub(super) async fn library_with(bench: &Bench, ffmpeg: &Path, change: impl FnOnce(&mut TurnSettings)) -> Library {
    let store = Store::open(bench.data.path()).await.unwrap();
    let mut turn = TurnSettings::new(bench.data.path().join("turned"));
    turn.ffmpeg = Some(ffmpeg.to_owned());
    turn.at_once = 2;
    change(&mut turn);
    let settings = LibrarySettings { rescan: None, turn: Some(turn), ..LibrarySettings::default() };
    Library::start(store, vec![bench.music.path().to_owned()], settings).await.unwrap()
}

/// True if nothing waits to be turned.
pub(super) fn all_turned(catalog: &Catalog) -> bool {
    let settled = |t: &TrackRow| matches!(Turning::of(t), Some(Turning::Turned | Turning::Failed));
    !catalog.is_empty() && catalog.all().iter().all(|t| settled(t))
}

/// The sound that speakers get of a track.
pub(super) async fn sound_of(library: &Library, track: &TrackRow) -> Vec<f32> {
    let media = library.open_media(&track.hash).await.unwrap();
    assert_eq!((media.bytes, &*media.format), (track.bytes, "flac"));
    let mut decoder = Decoder::open(Box::new(media.file), "flac").unwrap();
    assert_eq!(decoder.info().sample_rate, track.sample_rate);
    let mut sound = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        sound.extend_from_slice(block);
    }
    assert_eq!(sound.len() as i64, 2 * track.frames.0);
    sound
}

/// The real program. A machine without it says so, unless it is told to leave these tests out.
fn ffmpeg(arguments: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(arguments);
    match command.output() {
        Ok(done) => {
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            Some(done.stdout)
        }
        Err(error) if std::env::var_os("DOWNBEAT_WITHOUT_FFMPEG").is_some() => {
            eprintln_left_out(&error);
            None
        }
        Err(error) => panic!(
            "ffmpeg: {error}. scripts/setup.sh tests installs it; DOWNBEAT_WITHOUT_FFMPEG=1 leaves out what needs it"
        ),
    }
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn eprintln_left_out(error: &std::io::Error) {
    eprintln!("Left out: {error}");
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Channels in the order of WAV, mixed as ITU-R BS.775 says and scaled so that nothing clips.
fn mixed(planes: &[f32], channels: usize) -> Vec<f32> {
    const H: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let weights: &[[f32; 2]] = match channels {
        1 => return planes.iter().flat_map(|x| [*x; 2]).collect(),
        2 => return planes.to_vec(),
        4 => &[[1.0, 0.0], [0.0, 1.0], [H, 0.0], [0.0, H]],
        _ => &[[1.0, 0.0], [0.0, 1.0], [H, H], [0.0, 0.0], [H, 0.0], [0.0, H]],
    };
    let sum: f32 = weights.iter().map(|w| w[0]).sum();
    let side = |frame: &[f32], s: usize| frame.iter().zip(weights).map(|(x, w)| x * w[s]).sum::<f32>() / sum;
    planes.chunks_exact(channels).flat_map(|frame| [side(frame, 0), side(frame, 1)]).collect()
}

/// The file, its kind for people, how ffmpeg makes it, its channels, and whether all samples come back.
const MADE: [(&str, &str, &str, usize, bool); 19] = [
    ("two.wma", "WMA (version 2)", "-c:a wmav2 -b:a 128k", 2, false),
    ("one.wma", "WMA (version 1), mono", "-c:a wmav1 -b:a 64k -ac 1", 1, false),
    ("16.wv", "WavPack, 16 bits", "-c:a wavpack -sample_fmt s16p", 2, true),
    ("24.wv", "WavPack, 24 bits", "-c:a wavpack -sample_fmt s32p -bits_per_raw_sample 24", 2, true),
    ("16.tta", "TTA", "-c:a tta -sample_fmt s16", 2, true),
    ("stereo.ac3", "AC-3", "-c:a ac3 -b:a 192k -ar 48000", 2, false),
    ("surround.ac3", "AC-3, 5.1", "-c:a ac3 -b:a 384k -ar 48000 -ac 6", 6, false),
    ("surround.eac3", "E-AC-3, 5.1", "-c:a eac3 -b:a 384k -ar 48000 -ac 6", 6, false),
    ("two.dts", "DTS", "-c:a dca -strict -2 -b:a 768k -ar 48000", 2, false),
    ("two.thd", "TrueHD", "-c:a truehd -strict -2 -sample_fmt s16 -ar 48000 -f truehd", 2, true),
    ("two.mlp", "MLP", "-c:a mlp -strict -2 -sample_fmt s16 -ar 48000", 2, true),
    ("mono.spx", "Speex in Ogg, mono", "-c:a libspeex -ar 16000 -ac 1 -f ogg", 1, false),
    ("old.ra", "RealAudio (14.4)", "-c:a real_144 -ar 8000 -ac 1 -f rm", 1, false),
    ("five.mka", "AC-3 in Matroska, 5.1", "-c:a ac3 -b:a 384k -ar 48000 -ac 6 -f matroska", 6, false),
    ("film.m4a", "E-AC-3 in MP4", "-c:a eac3 -b:a 192k -ar 48000 -f mp4", 2, false),
    (
        "corners.m4a",
        "AAC whose layout is described within the stream (PCE)",
        "-c:a aac -af pan=quad|c0=c0|c1=c1|c2=c0|c3=c1 -b:a 256k -f mp4",
        4,
        false,
    ),
    ("wrongly-named.mp3", "WavPack with the ending of an MP3", "-c:a wavpack -sample_fmt s16p -f wv", 2, true),
    ("dolby.wav", "AC-3 in WAV", "-c:a ac3 -b:a 192k -ar 48000 -f wav", 2, false),
    ("video.webm", "E-AC-3 in Matroska with the ending of WebM", "-c:a eac3 -b:a 192k -ar 48000 -f matroska", 2, false),
];

#[tokio::test]
async fn what_has_no_decoder_here_plays_as_ffmpeg_decodes_it() {
    let bench = Bench::new();
    let source = bench.data.path().join("source.wav");
    let tone = "aevalsrc=0.4*sin(2*PI*440*t)+0.1*sin(2*PI*(200+900*t)*t)|0.3*sin(2*PI*554*t):d=0.7:s=44100";
    let source = source.to_str().unwrap();
    if ffmpeg(&["-f", "lavfi", "-i", tone, "-c:a", "pcm_s24le", source]).is_none() {
        return;
    }
    for (name, _, how, ..) in MADE {
        let path = bench.path(name);
        let path = path.to_str().unwrap();
        let arguments = ["-i", source].into_iter().chain(how.split(' ')).chain([path]);
        ffmpeg(&arguments.collect::<Vec<_>>()).unwrap();
    }
    let library = library_with(&bench, Path::new("ffmpeg"), |_| {}).await;
    let catalog = eventually(&library, |catalog| catalog.len() == MADE.len() && all_turned(catalog)).await;
    for (name, _, _, channels, is_exact) in MADE {
        let track = by_path(&catalog, &bench.path(name));
        assert_eq!((track.why_not(), Turning::of(&track)), (None, Some(Turning::Turned)), "{name}");
        assert_eq!(track.sample_exact, is_exact, "{name}");
        assert_eq!(track.file_hash(), hash_of(&track.path), "{name}");
        let own = ffmpeg(&["-i", track.path.to_str().unwrap(), "-map", "0:a:0", "-f", "f32le", "-"]).unwrap();
        let wanted = mixed(&floats(&own), channels);
        let got = sound_of(&library, &track).await;
        assert_eq!(got.len(), wanted.len(), "{name}");
        let worst = got.iter().zip(&wanted).map(|(a, b)| (a - b.clamp(-1.0, 1.0)).abs()).fold(0.0, f32::max);
        let level = got.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        // The last of 24 bits, and what floats of 32 bits leave of a mix of six.
        let allowed = if is_exact { 0.0 } else { 5e-7 };
        assert!(worst <= allowed && level > 0.1, "{name}: {worst}, level {level}");
    }
}

#[tokio::test]
async fn he_aac_plays_whole_when_it_was_turned_and_its_core_until_then() {
    let bench = Bench::new();
    if ffmpeg(&["-version"]).is_none() {
        return;
    }
    for name in ["he-aac-v2.m4a", "he-aac-explicit-v1.m4a", "he-aac-adts.aac"] {
        bench.fixture(&format!("odd/{name}"), name);
    }
    {
        let library = bench.library().await;
        let track = by_path(&library.catalog().snapshot(), &bench.path("he-aac-v2.m4a"));
        assert_eq!((track.sample_rate, track.frames.0, Turning::of(&track)), (22_050, 66_150, None));
        assert!(track.playable() && track.warning.as_deref().unwrap().contains("HE-AAC"));
    }
    let library = library_with(&bench, Path::new("ffmpeg"), |_| {}).await;
    let catalog = eventually(&library, |catalog| catalog.len() == 3 && all_turned(catalog)).await;
    for (name, frames) in
        [("he-aac-v2.m4a", Some(132_300)), ("he-aac-explicit-v1.m4a", Some(132_300)), ("he-aac-adts.aac", None)]
    {
        let track = by_path(&catalog, &bench.path(name));
        assert_eq!((track.sample_rate, track.sample_exact, track.warning.as_deref()), (44_100, frames.is_some(), None));
        let own = ffmpeg(&["-i", track.path.to_str().unwrap(), "-f", "f32le", "-ac", "2", "-"]).unwrap();
        let wanted = floats(&own);
        let got = sound_of(&library, &track).await;
        // ffmpeg leaves the padding at the end; the file says where it begins.
        assert_eq!(track.frames.0, frames.unwrap_or(wanted.len() as i64 / 2), "{name}");
        let worst = got.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 5e-7, "{name}: {worst}");
    }
}

/// A DSF file of one second of silence and a tone of 1 kHz at half of full scale, by a modulator of the second order.
fn dsf(frames: usize) -> Vec<u8> {
    let (mut bits, mut one, mut two) = (vec![0_u8; frames / 8], 0.0_f64, 0.0_f64);
    for i in 0..frames {
        let sample = 0.5 * (std::f64::consts::TAU * 1000.0 * i as f64 / 2_822_400.0).sin();
        let out = if two >= 0.0 { 1.0 } else { -1.0 };
        one += sample - out;
        two += one - out;
        if out > 0.0 {
            bits[i / 8] |= 1 << (i % 8);
        }
    }
    let block = 4096;
    let blocks = bits.len().div_ceil(block);
    bits.resize(blocks * block, 0x69);
    let data: Vec<u8> = bits.chunks(block).flat_map(|part| [part, part].concat()).collect();
    let mut file = b"DSD ".to_vec();
    let put = |file: &mut Vec<u8>, numbers: &[u64]| numbers.iter().for_each(|n| file.extend(n.to_le_bytes()));
    put(&mut file, &[28, (92 + data.len()) as u64, 0]);
    file.extend(b"fmt ");
    put(&mut file, &[52]);
    for n in [1_u32, 0, 2, 2, 2_822_400, 1] {
        file.extend(n.to_le_bytes());
    }
    put(&mut file, &[frames as u64]);
    for n in [block as u32, 0] {
        file.extend(n.to_le_bytes());
    }
    file.extend(b"data");
    put(&mut file, &[12 + data.len() as u64]);
    file.extend(data);
    file
}

#[tokio::test]
async fn dsd_becomes_88_2_khz_without_the_noise_above_its_band() {
    let bench = Bench::new();
    if ffmpeg(&["-version"]).is_none() {
        return;
    }
    let frames = 2_822_400;
    fs::write(bench.path("tone.dsf"), dsf(frames)).unwrap();
    let library = library_with(&bench, Path::new("ffmpeg"), |_| {}).await;
    let catalog = eventually(&library, all_turned).await;
    let track = by_path(&catalog, &bench.path("tone.dsf"));
    assert_eq!((track.sample_rate, track.why_not()), (88_200, None));
    assert!((track.frames.0 - frames as i64 / 32).abs() <= 4096 * 8 / 32, "{:?}: whole blocks", track.frames);
    let sound = sound_of(&library, &track).await;
    // One second within: the tone's power, and all other.
    let left: Vec<f64> = sound[20_000..][..2 * 44_100].iter().step_by(2).map(|x| f64::from(*x)).collect();
    let angle = |i: usize| std::f64::consts::TAU * 1000.0 * i as f64 / 88_200.0;
    let part = |f: fn(f64) -> f64| left.iter().enumerate().map(|(i, x)| x * f(angle(i))).sum::<f64>() * 2.0 / 44_100.0;
    let (s, c) = (part(f64::sin), part(f64::cos));
    assert!((s.hypot(c) - 0.5).abs() < 0.01, "the tone has {}", s.hypot(c));
    let rest = left.iter().enumerate().map(|(i, x)| (x - s * angle(i).sin() - c * angle(i).cos()).powi(2)).sum::<f64>();
    assert!((rest / 44_100.0).sqrt() < 0.01, "what is left of the noise: {}", (rest / 44_100.0).sqrt());
}

#[tokio::test]
async fn tags_that_no_reader_here_knows_are_those_that_ffmpeg_reads() {
    let bench = Bench::new();
    let path = bench.path("x.wma");
    let arguments = "-f lavfi -i sine=440:d=0.5 -c:a wmav2 -metadata title=Größe -metadata artist=Wir -metadata album=Al \
                     -metadata track=3 -metadata date=1999";
    let arguments = arguments.split_whitespace().chain([path.to_str().unwrap()]);
    if ffmpeg(&arguments.collect::<Vec<_>>()).is_none() {
        return;
    }
    let library = library_with(&bench, Path::new("ffmpeg"), |_| {}).await;
    let catalog = eventually(&library, all_turned).await;
    let named = |catalog: &Catalog| {
        let t = by_path(catalog, &path);
        (t.title.to_string(), t.artist.to_string(), t.album.to_string(), t.track_no, t.year)
    };
    let expected = ("Größe".to_owned(), "Wir".to_owned(), "Al".to_owned(), Some(3), Some(1999));
    assert_eq!(named(&catalog), expected);
    // A look at the same file does not forget them.
    library.records().change(by_path(&catalog, &path).id, |old| Some(old?.clone().with(|t| t.scan_version = 0)));
    let catalog = rescan(&library).await;
    assert_eq!(named(&catalog), expected);
    assert_eq!(Turning::of(&by_path(&catalog, &path)), Some(Turning::Turned));
}

/// `DOWNBEAT_DESCRIBE=1 cargo test -p downbeat-library the_page_says` writes it anew.
#[test]
fn the_page_says_what_is_converted() {
    use std::fmt::Write as _;
    const MARKS: [&str; 2] =
        ["<!-- converted: made by server/library/src/tests/turning.rs -->\n", "<!-- converted: end -->\n"];
    let mut table = String::from("| kind | converted |\n|---|---|\n");
    let exact = |is_exact| if is_exact { "yes, bit for bit; two join without a gap" } else { "yes" };
    for (_, kind, _, _, is_exact) in MADE {
        let _ = writeln!(table, "| {kind} | {} |", exact(is_exact));
    }
    table.push_str("| HE-AAC in MP4 with an edit list or iTunes' tag | yes; two join without a gap |\n");
    table.push_str("| HE-AAC in ADTS | yes |\n");
    table.push_str("| DSD (DSF, 2.8 MHz) | yes, to 88.2 kHz and 24 bits; two join without a gap |\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    let text = fs::read_to_string(&path).unwrap();
    let [begin, end] = MARKS.map(|mark| text.find(mark).unwrap_or_else(|| panic!("{mark} is not in the page")));
    let begin = begin + MARKS[0].len();
    if std::env::var_os("DOWNBEAT_DESCRIBE").is_some() {
        fs::write(&path, [&text[..begin], &table, &text[end..]].concat()).unwrap();
        return;
    }
    assert!(text[begin..end] == table, "docs/compatibility.md says otherwise: write it anew with DOWNBEAT_DESCRIBE=1");
}
