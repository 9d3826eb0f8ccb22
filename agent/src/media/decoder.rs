//! The thread that decodes one entry into a ring, from which the audio callback plays.
//!
//! Decoding blocks on the network and takes milliseconds at a time, so it has a thread of its own, away from the
//! sockets and from the sound card. What the plan promises is kept whatever the file is like: exactly `total_frames`
//! frames, the missing ones silent, so that the next entry begins on time.

use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use downbeat_media::{Decoder, MediaError, MediaSource, guard};
use rtrb::Producer;

use super::{error::FetchError, loudness::EntryGain, source::Interrupt};

/// Stereo: samples of a frame in the ring.
const CHANNELS: usize = 2;

/// A full ring is looked at again after a quarter of it has been played, within these bounds.
const WAIT: std::ops::RangeInclusive<Duration> = Duration::from_millis(2)..=Duration::from_millis(100);

/// A file to be decoded, and where to.
pub struct DecodeJob {
    /// The file.
    pub source: Box<dyn MediaSource>,
    /// Ends the waiting of `source`, if it may wait.
    pub interrupt: Option<Interrupt>,
    /// The kind of file, as its usual ending.
    pub format_hint: String,
    /// The first frame to deliver; a negative one counts as 0.
    pub from_frame: i64,
    /// The frame before which the entry ends: those from `from_frame` to here are delivered, no more and no fewer.
    pub total_frames: i64,
    /// The factor of the entry's loudness; above 1 a limiter holds the peaks.
    pub gain: f32,
    /// So many frames in the ring (or all of a shorter rest, or a full ring) make it primed.
    pub prime_frames: usize,
    /// The ring for the frames: interleaved stereo, whole frames only.
    pub producer: Producer<f32>,
    /// The receiver of events. Called on the decode thread.
    pub events: Box<dyn FnMut(DecodeEvent) + Send>,
}

/// An event that the decode thread tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeEvent {
    /// Enough is in the ring to start.
    Primed,
    /// The last frame is in the ring.
    Finished {
        /// Packets that could not be decoded and are silent.
        bad_packets: u64,
        /// Frames that the file did not have and that are silent instead.
        missing_frames: u64,
    },
    /// The file cannot be had or decoded. If some of it was delivered already, silence follows up to its end, and
    /// then `Finished`; else nothing follows.
    Failed {
        /// Stable, for programs: `decode_failed`, `unsupported`, or that of a [`FetchError`].
        code: &'static str,
        /// For people.
        detail: String,
    },
}

/// The running thread. Dropping it cancels and joins it.
pub struct DecodeThread {
    stop: Arc<AtomicBool>,
    interrupt: Option<Interrupt>,
    thread: Option<JoinHandle<()>>,
}

impl DecodeThread {
    /// Starts the thread.
    pub fn spawn(job: DecodeJob) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let interrupt = job.interrupt.clone();
        let seen = Arc::clone(&stop);
        let thread = thread::Builder::new().name("decode".into()).spawn(move || run(job, seen))?;
        Ok(Self { stop, interrupt, thread: Some(thread) })
    }

    /// Ends the work, also if it waits for the network or for room in the ring. No event follows but one that is
    /// being told right now.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(interrupt) = &self.interrupt {
            interrupt.close();
        }
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// True once the thread has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for DecodeThread {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic in it was caught and told; one outside of that ends the process by its hook.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for DecodeThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeThread").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

impl fmt::Debug for DecodeJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeJob")
            .field("from_frame", &self.from_frame)
            .field("total_frames", &self.total_frames)
            .finish_non_exhaustive()
    }
}

/// Why decoding ended before its time.
enum Stopped {
    /// Nobody wants it any more.
    Cancelled,
    /// The file is at fault.
    Failed(MediaError),
}

impl From<MediaError> for Stopped {
    fn from(error: MediaError) -> Self {
        Self::Failed(error)
    }
}

fn run(job: DecodeJob, stop: Arc<AtomicBool>) {
    let DecodeJob { source, format_hint, from_frame, total_frames, gain, prime_frames, producer, events, .. } = job;
    let from = u64::try_from(from_frame).unwrap_or(0);
    let mut sink = Sink {
        left: u64::try_from(total_frames).unwrap_or(0).saturating_sub(from),
        delivered: 0,
        prime_frames: prime_frames as u64,
        primed: false,
        wait: *WAIT.start(),
        bad_packets: 0,
        producer,
        events,
        stop,
    };
    sink.tell_if_primed();
    let fault = Fault::default();
    let source = Box::new(Noting { inner: source, fault: Arc::clone(&fault) });
    let result = if sink.left == 0 {
        Ok(Ok(()))
    } else {
        guard::catch(|| decode(source, &format_hint, (from, gain), &mut sink))
    };
    let failure = match result {
        Ok(Ok(())) => None,
        Ok(Err(Stopped::Cancelled)) => return,
        Ok(Err(Stopped::Failed(error))) => Some(failure(&error, &fault)),
        Err(panic) => {
            Some(DecodeEvent::Failed { code: "decode_failed", detail: format!("the decoder gave up: {panic}") })
        }
    };
    if sink.stop.load(Ordering::Relaxed) {
        return;
    }
    if let Some(event) = failure {
        (sink.events)(event);
        if sink.delivered == 0 {
            return;
        }
    }
    let missing_frames = sink.left;
    if sink.fill_up().is_ok() {
        (sink.events)(DecodeEvent::Finished { bad_packets: sink.bad_packets, missing_frames });
    }
}

/// Decodes into `sink` until it has all it wants or the file ends.
fn decode(source: Box<dyn MediaSource>, hint: &str, (from, gain): (u64, f32), sink: &mut Sink) -> Result<(), Stopped> {
    let mut decoder = Decoder::open(source, hint)?;
    let rate = decoder.info().sample_rate;
    let mut loudness = EntryGain::new(gain, rate);
    sink.play_at(rate);
    if from > 0 {
        decoder.seek(from)?;
    }
    while sink.left > 0 {
        let Some(block) = decoder.next_block()? else {
            sink.push(loudness.finish())?;
            break;
        };
        let delivered = sink.push(loudness.process(block));
        sink.bad_packets = decoder.bad_packets();
        delivered?;
    }
    Ok(())
}

fn failure(error: &MediaError, fault: &Fault) -> DecodeEvent {
    let fetch = fault.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (code, detail) = match (error, fetch) {
        (MediaError::Io(_), Some(fetch)) => (fetch.code(), fetch.to_string()),
        (MediaError::Unsupported(_) | MediaError::Unrecognised, _) => ("unsupported", error.to_string()),
        _ => ("decode_failed", error.to_string()),
    };
    DecodeEvent::Failed { code, detail }
}

/// Why the source failed, if it was the fetch.
type Fault = Arc<Mutex<Option<FetchError>>>;

/// Keeps what a failing source says: parsers pass on the words of an error, not the error.
struct Noting {
    inner: Box<dyn MediaSource>,
    fault: Fault,
}

impl Read for Noting {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buf);
        if let Some(error) = result.as_ref().err().and_then(FetchError::of) {
            *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
        result
    }
}

impl Seek for Noting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

impl MediaSource for Noting {
    fn is_seekable(&self) -> bool {
        self.inner.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.inner.byte_len()
    }
}

/// The ring's end of the thread.
struct Sink {
    producer: Producer<f32>,
    events: Box<dyn FnMut(DecodeEvent) + Send>,
    stop: Arc<AtomicBool>,
    /// Frames that are still to be delivered.
    left: u64,
    /// Frames that were.
    delivered: u64,
    prime_frames: u64,
    primed: bool,
    /// How long a full ring is left alone.
    wait: Duration,
    bad_packets: u64,
}

impl Sink {
    fn play_at(&mut self, sample_rate: u32) {
        let quarter = self.producer.buffer().capacity() / CHANNELS / 4;
        let time = Duration::from_secs_f64(quarter as f64 / f64::from(sample_rate.max(1)));
        self.wait = time.clamp(*WAIT.start(), *WAIT.end());
    }

    /// Puts the frames of `block` into the ring, as many as are wanted, waiting for room.
    fn push(&mut self, block: &[f32]) -> Result<(), Stopped> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).saturating_mul(CHANNELS);
        let mut rest = &block[..wanted.min(block.len())];
        while !rest.is_empty() {
            if self.stop.load(Ordering::Relaxed) || self.producer.is_abandoned() {
                return Err(Stopped::Cancelled);
            }
            // Whole frames only, so that the callback never sees half of one.
            let room = self.producer.slots() / CHANNELS * CHANNELS;
            if room == 0 {
                thread::park_timeout(self.wait);
                continue;
            }
            let (now, later) = rest.split_at(room.min(rest.len()));
            let (_, refused) = self.producer.push_partial_slice(now);
            debug_assert!(refused.is_empty(), "room only grows: the callback takes");
            rest = later;
            let frames = (now.len() / CHANNELS) as u64;
            self.left -= frames;
            self.delivered += frames;
            self.tell_if_primed();
        }
        Ok(())
    }

    /// Silence for all that is left.
    fn fill_up(&mut self) -> Result<(), Stopped> {
        let silence = [0.0; 2048];
        while self.left > 0 {
            self.push(&silence)?;
        }
        Ok(())
    }

    fn tell_if_primed(&mut self) {
        let ring = (self.producer.buffer().capacity() / CHANNELS) as u64;
        if !self.primed && (self.left == 0 || self.delivered >= self.prime_frames.min(ring)) {
            self.primed = true;
            (self.events)(DecodeEvent::Primed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Cursor, path::PathBuf, sync::mpsc};

    use crate::media::{CacheSettings, MediaCache, test_server::plan_entry};

    const DEADLINE: Duration = Duration::from_mins(1);

    struct Running {
        thread: DecodeThread,
        consumer: rtrb::Consumer<f32>,
        events: mpsc::Receiver<DecodeEvent>,
    }

    fn start(source: Box<dyn MediaSource>, interrupt: Option<Interrupt>, span: (i64, i64), ring: usize) -> Running {
        start_at(1.0, source, interrupt, span, ring)
    }

    fn start_at(
        gain: f32,
        source: Box<dyn MediaSource>,
        interrupt: Option<Interrupt>,
        span: (i64, i64),
        ring: usize,
    ) -> Running {
        let (producer, consumer) = rtrb::RingBuffer::new(ring * CHANNELS);
        let (sender, events) = mpsc::channel();
        let job = DecodeJob {
            source,
            interrupt,
            format_hint: String::new(),
            from_frame: span.0,
            total_frames: span.1,
            gain,
            prime_frames: 1000,
            producer,
            events: Box::new(move |event| drop(sender.send(event))),
        };
        Running { thread: DecodeThread::spawn(job).unwrap(), consumer, events }
    }

    impl Running {
        fn next(&self) -> DecodeEvent {
            self.events.recv_timeout(DEADLINE).expect("an event")
        }

        /// Plays all of it.
        fn drain(mut self) -> (Vec<f32>, Vec<DecodeEvent>) {
            let (mut heard, mut events) = (Vec::new(), Vec::new());
            loop {
                let ended = self.thread.is_finished();
                while let Ok(sample) = self.consumer.pop() {
                    heard.push(sample);
                }
                events.extend(self.events.try_iter());
                if ended {
                    return (heard, events);
                }
                thread::yield_now();
            }
        }
    }

    fn finished(missing_frames: u64) -> DecodeEvent {
        DecodeEvent::Finished { bad_packets: 0, missing_frames }
    }

    fn wav(frames: usize) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 48_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for i in 0..frames as i16 {
            writer.write_sample(i + 1).unwrap();
            writer.write_sample(-(i + 1)).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    /// The sound of `wav`, from one frame to another, silent where it has none.
    fn sound(length: usize, from: usize, to: usize) -> Vec<f32> {
        let sample = |i: usize| if i < length { (i + 1) as f32 / 32768.0 } else { 0.0 };
        (from..to).flat_map(|i| [sample(i), -sample(i)]).collect()
    }

    #[test]
    fn loudness_moves_no_frame() {
        for gain in [0.5f32, 2.0] {
            for (has, from, to) in [(9_000, 0, 9_000), (9_000, 1_234, 5_000), (9_000, 8_950, 12_000), (100, 0, 100)] {
                let source = Box::new(Cursor::new(wav(has)));
                let (heard, events) = start_at(gain, source, None, (from, to), 2_048).drain();
                let louder: Vec<_> = sound(has, from as usize, to as usize).iter().map(|x| x * gain).collect();
                assert!(heard == louder, "{gain} times {has} frames, {from}..{to}");
                assert_eq!(events, [DecodeEvent::Primed, finished((to as u64).saturating_sub(has as u64))]);
            }
        }
    }

    #[test]
    fn exactly_the_promised_frames_whatever_the_file_has() {
        for (has, from, to) in
            [(9_000, 0, 9_000), (9_000, 1_234, 9_000), (9_000, 100, 5_000), (9_000, 8_000, 12_000), (500, 0, 500)]
        {
            let (heard, events) = start(Box::new(Cursor::new(wav(has))), None, (from, to), 2_048).drain();
            assert!(heard == sound(has, from as usize, to as usize), "{has} frames, {from}..{to}");
            assert_eq!(events, [DecodeEvent::Primed, finished((to as u64).saturating_sub(has as u64))]);
        }
    }

    #[test]
    fn nothing_to_play_is_primed_and_finished() {
        for span in [(0, 0), (10, 5), (i64::MAX, i64::MIN)] {
            let (heard, events) = start(Box::new(Cursor::new(wav(10))), None, span, 16).drain();
            assert_eq!(heard, [] as [f32; 0]);
            assert_eq!(events, [DecodeEvent::Primed, finished(0)]);
        }
    }

    #[test]
    fn a_seek_gives_the_very_frames_of_playing_through() {
        for name in ["44100-stereo-16.flac", "44100-stereo-vbr-lame.mp3", "44100-stereo.ogg"] {
            let bytes = fixture(name);
            let total = downbeat_media::probe(Box::new(Cursor::new(bytes.clone())), "").unwrap().frames as i64;
            let play = |from| start(Box::new(Cursor::new(bytes.clone())), None, (from, total), 4_096).drain().0;
            let whole = play(0);
            assert_eq!(whole.len() as i64, total * CHANNELS as i64);
            let from = total * 2 / 3;
            let part = play(from);
            let same = part.iter().zip(&whole[from as usize * CHANNELS..]).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(same && part.len() == whole.len() - from as usize * CHANNELS, "{name}");
        }
    }

    fn fixture(name: &str) -> Vec<u8> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../media/fixtures").join(name);
        std::fs::read(path).unwrap()
    }

    #[test]
    fn what_is_no_audio_fails_with_a_code() {
        let (heard, events) = start(Box::new(Cursor::new(b"not audio at all".repeat(500))), None, (0, 100), 64).drain();
        assert!(heard.is_empty(), "nothing was promised yet");
        assert!(
            matches!(&events[..], [DecodeEvent::Failed { code: "unsupported" | "decode_failed", .. }]),
            "{events:?}"
        );
    }

    #[test]
    fn a_full_ring_is_waited_for_and_dropping_ends_it_at_once() {
        let running = start(Box::new(Cursor::new(wav(9_000))), None, (0, 9_000), 2_048);
        assert_eq!(running.next(), DecodeEvent::Primed);
        assert!(!running.thread.is_finished());
        drop(running.thread);
        assert_eq!(running.events.try_iter().count(), 0, "a cancelled one says nothing");
    }

    #[test]
    fn a_ring_that_nobody_reads_any_more_ends_it() {
        let running = start(Box::new(Cursor::new(wav(9_000))), None, (0, 9_000), 2_048);
        assert_eq!(running.next(), DecodeEvent::Primed);
        drop(running.consumer);
        assert!(running.events.recv_timeout(DEADLINE).is_err(), "the sender goes with the thread");
    }

    #[test]
    fn dropping_ends_a_read_that_waits_for_the_network() {
        let dir = tempfile::tempdir().unwrap();
        let cache = MediaCache::open(dir.path(), CacheSettings::default()).unwrap();
        // No fetcher: it waits for ever.
        let reader = cache.reader(&plan_entry(b"never comes")).unwrap();
        let interrupt = reader.interrupt();
        let running = start(Box::new(reader), Some(interrupt), (0, 100), 64);
        drop(running.thread);
        assert_eq!(running.events.try_iter().count(), 0);
    }

    #[test]
    fn the_reason_of_a_failed_fetch_is_told() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(FetchError::HashMismatch("ab".into()).into())
            }
        }
        impl Seek for Failing {
            fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
                Ok(0)
            }
        }
        impl MediaSource for Failing {
            fn is_seekable(&self) -> bool {
                true
            }
            fn byte_len(&self) -> Option<u64> {
                Some(1000)
            }
        }
        let (_, events) = start(Box::new(Failing), None, (0, 100), 64).drain();
        assert!(matches!(&events[..], [DecodeEvent::Failed { code: "hash_mismatch", .. }]), "{events:?}");
    }

    /// Panics where a broken parser would, once so many bytes were read.
    struct Panicking(Cursor<Vec<u8>>, usize);
    impl Read for Panicking {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            assert!((self.0.position() as usize) < self.1, "index out of bounds");
            let n = buf.len().min(4096);
            self.0.read(&mut buf[..n])
        }
    }
    impl Seek for Panicking {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    impl MediaSource for Panicking {
        fn is_seekable(&self) -> bool {
            true
        }
        fn byte_len(&self) -> Option<u64> {
            Some(self.0.get_ref().len() as u64)
        }
    }

    #[test]
    fn a_panic_on_foreign_bytes_is_a_fault_of_the_file_and_the_entry_keeps_its_length() {
        let bytes = wav(9_000);
        let (heard, events) =
            start(Box::new(Panicking(Cursor::new(bytes.clone()), 1)), None, (0, 9_000), 16_384).drain();
        assert_eq!(heard, [] as [f32; 0]);
        assert!(matches!(&events[..], [DecodeEvent::Failed { code: "decode_failed", .. }]), "{events:?}");

        let (heard, events) = start(Box::new(Panicking(Cursor::new(bytes), 20_000)), None, (0, 9_000), 16_384).drain();
        assert_eq!(heard.len(), 9_000 * CHANNELS);
        let good = heard.iter().zip(sound(9_000, 0, 9_000)).take_while(|(a, b)| (*a - b).abs() < 1e-9).count();
        assert!(good > 1_000 && heard[good..].iter().all(|s| *s == 0.0), "then silence");
        assert!(
            matches!(
                &events[..],
                [DecodeEvent::Primed, DecodeEvent::Failed { .. }, DecodeEvent::Finished { missing_frames: 1.., .. }]
            ),
            "{events:?}"
        );
    }
}
