//! The stretches in virtual time; the journal torn at every byte; what is told, and told again.

use downbeat_protocol::{
    ClockId, EntryId, Frames, LocalTime, PlanEntry, ServerTime, TrackId, ZoneId, history::Stretch, timeline::Line,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    delivery::Delivery,
    journal::{Journal, MAX_STRETCHES},
    stretches::{Moment, Note, Reach, Stretches},
};
use downbeat_speaker::{render::gate::VoiceId, render::runs::HeardRun};

const CLOCK: ClockId = ClockId(Uuid::from_u128(7));
const RATE: u32 = 48_000;
/// Server time minus local time, and UTC minus server time, microseconds.
const SERVER_US: i64 = 5_000_000;
const UTC_US: i64 = 1_700_000_000_000_000;

fn moment(local_ms: i64) -> Moment {
    let server = ServerTime(local_ms * 1_000 + SERVER_US);
    Moment { local: LocalTime(local_ms * 1_000_000), server: Some((CLOCK, server)), utc_us: server.0 + UTC_US }
}

fn entry(n: u128) -> PlanEntry {
    PlanEntry {
        entry: EntryId(Uuid::from_u128(n)),
        track: TrackId(Uuid::from_u128(n + 100)),
        hash: format!("{n:064x}"),
        sample_rate: RATE,
        ..PlanEntry::default()
    }
}

/// A line whose frame 0 is heard at this local instant.
fn line(local_ms: i64) -> Line {
    Line::new(ServerTime(local_ms * 1_000 + SERVER_US), Frames(0), RATE)
}

fn heard(voice: u64, run: u32, line: &Line, from: i64, to: i64, over: bool) -> HeardRun {
    let (from, to) = (Frames(from), Frames(to));
    HeardRun { voice: VoiceId(voice), run, from, to, at: line.instant_of(from), clock: CLOCK, silent: false, over }
}

/// The stretches as a journal has them once all is told.
struct Rig {
    stretches: Stretches,
    journal: Journal,
    notes: usize,
}

impl Rig {
    fn new() -> Self {
        Self { stretches: Stretches::new(1), journal: Journal::default(), notes: 0 }
    }

    fn noted(&mut self, notes: Vec<Note>) {
        self.notes += notes.len();
        for note in notes {
            let _ = self.journal.note(note);
        }
    }

    fn heard(&mut self, local_ms: i64, heard: &HeardRun) {
        let mut notes = Vec::new();
        self.stretches.tick(moment(local_ms).local, &mut notes);
        self.stretches.heard(moment(local_ms), heard, &mut notes);
        self.noted(notes);
    }

    fn tick(&mut self, local_ms: i64) {
        let mut notes = Vec::new();
        self.stretches.tick(moment(local_ms).local, &mut notes);
        self.noted(notes);
    }

    fn ended(&self) -> Vec<Stretch> {
        self.journal.oldest(usize::MAX)
    }

    fn spans(&self) -> Vec<(u128, i64, i64, i64)> {
        let span = |s: Stretch| (s.entry.0.as_u128(), s.from_frames.0, s.to_frames.0, s.missing_frames.0);
        self.ended().into_iter().map(span).collect()
    }
}

#[test]
fn an_entry_is_one_stretch_with_all_that_is_known_of_it() {
    let mut r = Rig::new();
    let l = line(1_000);
    r.stretches.sounds(VoiceId(1), ZoneId::DEFAULT, &entry(1));
    for k in 1..=1_800 {
        r.heard(1_000 + 100 * k, &heard(1, 0, &l, 0, 4_800 * k, false));
    }
    assert_eq!(r.ended(), [] as [downbeat_protocol::history::Stretch; 0]);
    assert_eq!(r.notes, 1 + 17, "its beginning, and every ten seconds how far it has come");
    r.heard(181_100, &heard(1, 0, &l, 0, 8_640_000, true));
    r.tick(182_200);
    let all = r.ended();
    let expected = Stretch {
        sequence: 1,
        zone: ZoneId::DEFAULT,
        entry: entry(1).entry,
        track: entry(1).track,
        hash: entry(1).hash,
        sample_rate: RATE,
        from_frames: Frames(0),
        to_frames: Frames(8_640_000),
        missing_frames: Frames(0),
        clock_id: CLOCK,
        at: l.anchor,
        utc_us: Some(l.anchor.0 + UTC_US),
        silent: false,
        cut: false,
    };
    assert_eq!(all, [expected]);
}

#[test]
fn entries_pauses_and_laps_are_stretches_of_their_own() {
    let mut r = Rig::new();
    let l = line(0);
    for (voice, e) in [(1, 1), (2, 2), (3, 2), (4, 3)] {
        r.stretches.sounds(VoiceId(voice), ZoneId::DEFAULT, &entry(e));
    }
    r.heard(1_000, &heard(1, 0, &l, 0, 48_000, true));
    // the next entry, and a pause of it
    let second = Line::new(l.instant_of(Frames(48_000)), Frames(0), RATE);
    r.heard(1_100, &heard(2, 0, &second, 0, 4_800, false));
    r.heard(2_000, &heard(2, 0, &second, 0, 48_000, true));
    // resumed at once, with the very next frame, but on another line
    let resumed = Line::new(second.anchor.plus_micros(1_100_000), Frames(48_000), RATE);
    r.heard(2_200, &heard(3, 0, &resumed, 48_000, 60_000, true));
    // the lap of a loop is an entry of its own
    let lap = Line::new(resumed.instant_of(Frames(60_000)), Frames(0), RATE);
    r.heard(2_500, &heard(4, 0, &lap, 0, 12_000, true));
    r.tick(5_000);
    assert_eq!(r.spans(), [(1, 0, 48_000, 0), (2, 0, 48_000, 0), (2, 48_000, 60_000, 0), (3, 0, 12_000, 0)]);
    assert!(r.ended().iter().map(|s| s.sequence).eq(1..=4));
}

#[test]
fn another_voice_that_takes_over_goes_on_with_the_stretch() {
    let mut r = Rig::new();
    let l = line(0);
    r.stretches.sounds(VoiceId(1), ZoneId::DEFAULT, &entry(1));
    r.stretches.sounds(VoiceId(2), ZoneId::DEFAULT, &entry(1));
    r.heard(500, &heard(1, 0, &l, 0, 20_000, false));
    // the new one is told of before the old one's end
    r.heard(600, &heard(2, 0, &l, 24_000, 28_000, false));
    r.heard(600, &heard(1, 0, &l, 0, 24_000, true));
    r.stretches.gone(moment(600).local, VoiceId(1));
    r.heard(9_000, &heard(2, 0, &l, 24_000, 400_000, true));
    r.tick(20_000);
    assert_eq!(r.spans(), [(1, 0, 400_000, 0)]);
}

#[test]
fn a_stretch_whose_end_was_not_told_ends_with_its_voice() {
    let mut r = Rig::new();
    let l = line(0);
    r.stretches.sounds(VoiceId(1), ZoneId::DEFAULT, &entry(1));
    r.heard(500, &heard(1, 0, &l, 0, 24_000, false));
    // muted and stopped within one chunk: the first run's end was written over
    r.heard(600, &HeardRun { silent: true, ..heard(1, 1, &l, 24_000, 24_064, true) });
    r.stretches.gone(moment(700).local, VoiceId(1));
    r.tick(9_000);
    assert_eq!(r.spans(), [(1, 0, 24_000, 0), (1, 24_000, 24_064, 0)]);
}

#[test]
fn short_gaps_are_counted_and_long_ones_end_it() {
    let mut r = Rig::new();
    let l = line(0);
    r.stretches.sounds(VoiceId(1), ZoneId::DEFAULT, &entry(1));
    r.heard(1_000, &heard(1, 0, &l, 0, 48_000, true));
    r.heard(1_300, &heard(1, 1, &l, 48_000 + 2_400, 62_400, true));
    r.heard(2_000, &heard(1, 2, &l, 62_400 - 480, 96_000, true));
    // a second without a sound
    r.heard(3_500, &heard(1, 3, &l, 144_000, 168_000, true));
    r.tick(9_000);
    assert_eq!(r.spans(), [(1, 0, 96_000, 2_400), (1, 144_000, 168_000, 0)]);
}

#[test]
fn what_is_silent_or_on_another_clock_is_apart() {
    let mut r = Rig::new();
    let l = line(0);
    r.stretches.sounds(VoiceId(1), ZoneId::DEFAULT, &entry(1));
    r.heard(1_000, &heard(1, 0, &l, 0, 48_000, true));
    r.heard(1_000, &HeardRun { silent: true, ..heard(1, 1, &l, 48_000, 96_000, true) });
    let foreign = ClockId(Uuid::from_u128(8));
    r.heard(1_500, &HeardRun { silent: true, clock: foreign, ..heard(1, 2, &l, 96_000, 100_000, true) });
    // one that nobody announced
    r.heard(1_500, &heard(9, 0, &l, 0, 48_000, true));
    r.tick(9_000);
    let all = r.ended();
    assert_eq!(r.spans().len(), 3);
    assert!(all.iter().map(|s| s.silent).eq([false, true, true]));
    assert_eq!((all[2].clock_id, all[2].utc_us), (foreign, None), "how that clock goes is not known");
}

#[test]
fn a_run_over_a_change_of_the_clock_is_one_stretch_on_the_clock_it_began_on() {
    let mut r = Rig::new();
    let l = line(0);
    r.stretches.sounds(VoiceId(1), ZoneId::DEFAULT, &entry(1));
    r.heard(500, &heard(1, 0, &l, 0, 24_000, false));
    let moved = HeardRun { clock: ClockId(Uuid::from_u128(8)), at: ServerTime(1), ..heard(1, 0, &l, 0, 48_000, true) };
    r.heard(1_000, &moved);
    r.tick(9_000);
    assert_eq!(r.spans(), [(1, 0, 48_000, 0)]);
    assert_eq!((r.ended()[0].clock_id, r.ended()[0].at), (CLOCK, l.anchor));
}

pub(super) fn begun(key: u64) -> Note {
    let stretch = Stretch {
        sequence: 0,
        zone: ZoneId::DEFAULT,
        entry: EntryId(Uuid::from_u128(key.into())),
        track: TrackId(Uuid::from_u128(1)),
        hash: "a".repeat(64),
        sample_rate: RATE,
        from_frames: Frames(0),
        to_frames: Frames(4_800),
        missing_frames: Frames(0),
        clock_id: CLOCK,
        at: ServerTime(key as i64),
        utc_us: Some(1),
        silent: false,
        cut: false,
    };
    Note::Begun { key, stretch }
}

pub(super) fn reach(key: u64, to: i64) -> Reach {
    Reach { key, to: Frames(to), missing: Frames(0) }
}

/// The events of a journal's life, in any order.
fn happenings() -> impl Strategy<Value = Vec<(u8, u64)>> {
    prop::collection::vec((0u8..4, 1u64..12), 1..16)
}

fn happen(journal: &mut Journal, what: u8, n: u64) -> Vec<u8> {
    match what {
        0 => {
            let key = journal.next_key();
            journal.note(begun(key))
        }
        1 => journal.note(Note::Reached(reach(n, 48_000))),
        2 => journal.note(Note::Ended(reach(n, 96_000))),
        _ => journal.kept(n),
    }
}

proptest! {
    #[test]
    fn a_file_holds_what_was_noted(happenings in happenings()) {
        let (mut journal, mut file) = (Journal::default(), Vec::new());
        for (what, n) in happenings {
            file.extend(happen(&mut journal, what, n));
        }
        prop_assert_eq!(Journal::read(&file), (journal.clone(), 0));
        prop_assert_eq!(Journal::read(&journal.image()), (journal, 0));
    }

    #[test]
    fn torn_anywhere_it_holds_what_was_written_whole(happenings in happenings()) {
        let (mut journal, mut file) = (Journal::default(), Vec::new());
        let mut states = vec![(0, journal.clone())];
        for (what, n) in happenings {
            let bytes = happen(&mut journal, what, n);
            file.extend(&bytes);
            states.push((file.len(), journal.clone()));
        }
        for cut in 0..=file.len() {
            let (read, damaged) = Journal::read(&file[..cut]);
            // a line without its line feed is whole all the same
            let whole = |end: usize| end <= cut || (end == cut + 1 && file[cut] == b'\n');
            let expected = states.iter().rev().find(|(end, _)| whole(*end)).map(|(_, j)| j);
            prop_assert_eq!(Some(&read), expected, "cut at {}", cut);
            prop_assert!(damaged <= 1);
        }
    }

    #[test]
    fn a_damaged_byte_spoils_its_own_line_and_no_other(at: prop::sample::Index, value: u8) {
        let (mut journal, mut file) = (Journal::default(), Vec::new());
        for key in 1..=8 {
            file.extend(journal.note(begun(key)));
            file.extend(journal.note(Note::Ended(reach(key, 96_000))));
        }
        let at = at.index(file.len());
        let same = file[at] == value;
        file[at] = value;
        let (read, damaged) = Journal::read(&file);
        prop_assert!(read.len() >= if same { 8 } else { 6 }, "{} of 8", read.len());
        prop_assert!(damaged <= 2 && (same || damaged > 0 || read.len() == 8));
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        let (mut read, _) = Journal::read(&bytes);
        read.recover();
        prop_assert!(read.is_empty());
    }
}

#[test]
fn what_lasted_when_it_went_down_is_cut_where_it_was_noted() {
    let mut journal = Journal::default();
    let mut file = journal.note(begun(1));
    file.extend(journal.note(Note::Reached(reach(1, 480_000))));
    file.extend(journal.note(Note::Ended(reach(1, 500_000))));
    file.extend(journal.note(begun(2)));
    file.extend(journal.note(Note::Reached(reach(2, 480_000))));
    let (mut read, _) = Journal::read(&file);
    read.recover();
    let all = read.oldest(9);
    let said: Vec<_> = all.iter().map(|s| (s.sequence, s.to_frames.0, s.cut)).collect();
    assert_eq!(said, [(1, 500_000, false), (2, 480_000, true)]);
    // numbers are never given out twice
    let (mut again, _) = Journal::read(&read.image());
    assert_ne!(again.kept(2), [] as [u8; 0]);
    let (mut again, _) = Journal::read(&again.image());
    assert_eq!(again.next_key(), 3);
    let _ = again.note(begun(3));
    let _ = again.note(Note::Ended(reach(3, 1)));
    assert_eq!(again.oldest(9)[0].sequence, 3);
}

#[test]
fn when_it_is_full_the_oldest_go_and_are_counted() {
    let (mut journal, mut file) = (Journal::default(), Vec::new());
    let surplus = 25;
    for key in 1..=MAX_STRETCHES as u64 + surplus {
        file.extend(journal.note(begun(key)));
        file.extend(journal.note(Note::Ended(reach(key, 1))));
    }
    assert_eq!((journal.len(), journal.dropped()), (MAX_STRETCHES, surplus));
    assert_eq!(journal.oldest(1)[0].sequence, surplus + 1);
    let (read, damaged) = Journal::read(&file);
    assert!(read == journal && damaged == 0, "the file says so, too");
    assert!(file.len() / (MAX_STRETCHES + surplus as usize) < 1_000, "{} bytes", file.len());
    assert_eq!(Journal::read(&journal.image()).0.dropped(), surplus);
}

#[test]
fn it_is_told_in_pieces_each_after_the_answer_to_the_one_before() {
    let mut journal = Journal::default();
    for key in 1..=40 {
        let _ = journal.note(begun(key));
        let _ = journal.note(Note::Ended(reach(key, 1)));
    }
    let at = |ms: i64| LocalTime(ms * 1_000_000);
    let mut d = Delivery::default();
    assert_eq!(d.next(at(0), &journal), None, "nobody is there");
    d.connected(at(0), false);
    assert_eq!(d.next(at(60_000), &journal), None, "an older coordinator does not know the message");
    d.connected(at(100_000), true);
    assert_eq!(d.next(at(100_500), &journal), None, "what is needed to play goes first");
    assert_eq!(d.due(&journal), Some(at(101_000)));
    let first = d.next(at(101_000), &journal).expect("the first piece");
    assert!(first.stretches.iter().map(|s| s.sequence).eq(1..=16));
    assert_eq!(d.next(at(101_001), &journal), None, "not before the answer");
    let again = d.next(at(131_000), &journal).expect("no answer came");
    assert_eq!(again, first);
    let _ = journal.kept(16);
    d.kept(at(131_100), 16);
    assert_eq!(d.next(at(131_200), &journal), None, "a pause");
    let second = d.next(at(131_350), &journal).expect("the next piece");
    assert!(second.stretches.iter().map(|s| s.sequence).eq(17..=32));
    d.disconnected();
    assert_eq!(d.next(at(200_000), &journal), None);
    d.connected(at(200_000), true);
    assert_eq!(d.next(at(201_000), &journal), Some(second), "on the next connection, again");
    let _ = journal.kept(40);
    d.kept(at(201_000), 40);
    assert_eq!((d.next(at(300_000), &journal), d.due(&journal)), (None, None));
}
