//! Any message that is written is read at the other end as it was; no bytes that arrive end a process.

use downbeat_protocol::{
    AgentMessage, ClockId, EntryId, Frames, LocalTime, PlanEntry, Ppm, ServerMessage, ServerTime, SpeakerId, Timeline,
    TrackId, ZoneId,
    adoption::{KeyState, Reveal, Standing},
    agent_message::{Capabilities, ClientError, ClockShift, Hello, KnownState, Ready, TimeRequest},
    codec::{
        MAX_AGENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES, decode_agent_message, decode_server_message,
        encode_agent_message, encode_server_message,
    },
    handshake::{SpeakerClass, VersionRange},
    history::{History, HistoryKept, Stretch},
    report::{CacheState, CachedEntry, Health, PlanCache, PlayerState, Position, Truth},
    server_message::{
        Announce, Calibration, ChannelRole, Configure, Continues, ErrorNotice, Fading, Identify, Level, Metronome,
        PositionCheck, Prepare, Session, Settings, StateSync, TimeReply, VolumeChange, Welcome,
    },
    volume::Volume,
};
use proptest::{array::uniform4, collection::vec, option, prelude::*, sample::select};
use uuid::Uuid;

fn id() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn server_time() -> impl Strategy<Value = ServerTime> {
    any::<i64>().prop_map(ServerTime)
}

fn frames() -> impl Strategy<Value = Frames> {
    any::<i64>().prop_map(Frames)
}

/// A measured figure: thousandths, of any size that one sees. (The last bit of other doubles is not kept by the JSON
/// reader, and no meaning hangs on it.)
fn number() -> impl Strategy<Value = f64> {
    (-1_000_000_000_000i64..1_000_000_000_000).prop_map(|thousandths| thousandths as f64 / 1000.0)
}

fn single() -> impl Strategy<Value = f32> {
    (-1_000_000i32..1_000_000).prop_map(|hundredths| hundredths as f32 / 100.0)
}

/// Any text: quotes, control characters, emoji and all.
fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

prop_compose! {
    fn plan_entry()(
        entry in id(), track in id(), hash in text(), bytes: u64, format in text(), sample_rate: u32,
        frames in frames(), [start_frames, track_start_frames] in [frames(), frames()],
        [end_frames, track_end_frames] in [option::of(frames()), option::of(frames())],
        (gain_db, overlap_us) in (single(), any::<u32>()), title in text(), artist in text(),
    ) -> PlanEntry {
        PlanEntry {
            entry: EntryId(entry), track: TrackId(track), hash, bytes, format, sample_rate, frames, start_frames,
            end_frames, track_start_frames, track_end_frames, gain_db, overlap_us, title, artist,
        }
    }
}

prop_compose! {
    fn timeline()(
        clock in id(), entry in id(), anchor in server_time(), frames in frames(), running: bool,
    ) -> Timeline {
        Timeline {
            clock_id: ClockId(clock),
            entry: EntryId(entry),
            anchor_server_us: anchor,
            anchor_media_frames: frames,
            running,
        }
    }
}

prop_compose! {
    fn session()(
        server_time in server_time(), zone in id(), revision: u64, at in server_time(),
        timeline in option::of(timeline()), plan in vec(plan_entry(), 0..4),
        continues in option::of((id(), any::<i64>())), fading in option::of((plan_entry(), server_time(), frames())),
        request in option::of(text()),
    ) -> Session {
        let continues = continues.map(|(clock, shift_us)| Continues { clock_id: ClockId(clock), shift_us });
        let fading = fading.map(|(entry, anchor_server_us, anchor_media_frames)| {
            Fading { entry, anchor_server_us, anchor_media_frames }
        });
        Session { server_time, zone: ZoneId(zone), revision, at, timeline, plan, fading, continues, request }
    }
}

prop_compose! {
    fn level()(zone in 0.0f32..=100.0, speaker in 0.0f32..=100.0, muted: bool) -> Level {
        Level { zone: Volume::clamped(zone), speaker: Volume::clamped(speaker), muted }
    }
}

fn channels() -> impl Strategy<Value = ChannelRole> {
    use ChannelRole::{Left, Mono, Right, Stereo, Swapped};
    select(vec![Stereo, Left, Right, Mono, Swapped])
}

prop_compose! {
    fn settings()(
        output_delay_us: i64, max_drift_us: i64, report_interval_ms: u32, ping_interval_ms: u32, solo: bool,
        channels in channels(),
    ) -> Settings {
        Settings { output_delay_us, max_drift_us, report_interval_ms, ping_interval_ms, solo, channels }
    }
}

prop_compose! {
    fn client_error()(code in text(), detail in text(), entry in option::of(id())) -> ClientError {
        ClientError { code, detail, entry: entry.map(EntryId) }
    }
}

prop_compose! {
    fn known()(
        clock in id(), server_us: i64, local_ns: i64, error_bound_us in number(), revision: u64,
        timeline in option::of(timeline()), plan in vec(plan_entry(), 0..3),
    ) -> KnownState {
        KnownState {
            clock_id: ClockId(clock), server_us, local_ns: LocalTime(local_ns), error_bound_us, revision, timeline,
            plan,
        }
    }
}

prop_compose! {
    fn hello()(
        (min, max) in any::<(u32, u32)>(),
        (speaker_id, name, version) in (option::of(id()), text(), text()),
        class in select(vec![SpeakerClass::Agent, SpeakerClass::Browser, SpeakerClass::Other]),
        (formats, output, realtime, calibration) in (vec(text(), 0..3), text(), any::<bool>(), any::<bool>()),
        (credentials, commitment, zone) in (option::of(text()), option::of(text()), option::of(text())),
        output_delay_us in option::of(any::<i64>()),
        known in option::of(known()),
    ) -> Hello {
        Hello {
            protocol: VersionRange { min, max },
            speaker_id: speaker_id.map(SpeakerId),
            name,
            class,
            version,
            capabilities: Capabilities { formats, output, realtime, calibration },
            credentials,
            commitment,
            zone,
            output_delay_us,
            known,
        }
    }
}

prop_compose! {
    fn position()(
        state in select(vec![
            PlayerState::Idle, PlayerState::Preparing, PlayerState::Playing, PlayerState::Paused, PlayerState::Faulted,
            PlayerState::Other,
        ]),
        (entry, position_frames, server_time) in (option::of(id()), frames(), server_time()),
        (sync_error_us, correction, dac, skew) in (number(), number(), number(), number()),
        (offset_us, error_bound_us, round_trip_us) in (any::<i64>(), option::of(number()), option::of(number())),
        [card_bound_us, card_step_us, jitter_us, probes_lost] in uniform4(option::of(number())),
        [underruns, starved, reanchors, output_losses] in any::<[u64; 4]>(),
        (buffer_ms, output_queue_ms) in (any::<u32>(), number()),
        (lead_us, truth) in (option::of(any::<i64>()), option::of((any::<i64>(), number()))),
    ) -> Position {
        Position {
            state,
            entry: entry.map(EntryId),
            position_frames,
            server_time,
            sync_error_us,
            correction_ppm: Ppm(correction),
            dac_ppm: Ppm(dac),
            skew_ppm: Ppm(skew),
            offset_us,
            error_bound_us,
            card_bound_us,
            card_step_us,
            round_trip_us,
            jitter_us,
            probes_lost,
            underruns,
            starved,
            reanchors,
            output_losses,
            buffer_ms,
            output_queue_ms,
            lead_us,
            truth: truth.map(|(raw_ns, content_us)| Truth { raw_ns, content_us }),
        }
    }
}

prop_compose! {
    fn plan_cache()(
        [ready, partly, missing] in any::<[u32; 3]>(),
        entries in vec((id(), select(vec![CacheState::Ready, CacheState::Partly, CacheState::Missing])), 0..3),
    ) -> PlanCache {
        let entries = entries.into_iter().map(|(entry, state)| CachedEntry { entry: EntryId(entry), state }).collect();
        PlanCache { ready, partly, missing, entries }
    }
}

prop_compose! {
    fn health()(
        (version, uptime_s, output, output_fault) in (text(), any::<u64>(), text(), option::of(text())),
        (cache_bytes, cache_limit_bytes) in any::<(u64, u64)>(),
        (temperature_c, load1, wifi_dbm) in (option::of(single()), option::of(single()), option::of(single())),
        (undervoltage, realtime, memory_locked) in (option::of(any::<bool>()), any::<bool>(), any::<bool>()),
        cache in option::of(plan_cache()),
    ) -> Health {
        Health {
            version, uptime_s, output, output_fault, cache_bytes, cache_limit_bytes, temperature_c, load1, wifi_dbm,
            undervoltage, realtime, memory_locked, cache,
        }
    }
}

prop_compose! {
    fn stretch()(
        sequence: u64, zone in id(), entry in id(), track in id(), hash in text(), sample_rate: u32,
        (from, to, missing) in any::<(i64, i64, i64)>(), clock in id(), at in server_time(),
        utc_us in option::of(any::<i64>()), silent: bool, cut: bool,
    ) -> Stretch {
        Stretch {
            sequence, zone: ZoneId(zone), entry: EntryId(entry), track: TrackId(track), hash, sample_rate,
            from_frames: Frames(from), to_frames: Frames(to), missing_frames: Frames(missing),
            clock_id: ClockId(clock), at, utc_us, silent, cut,
        }
    }
}

fn agent_message() -> impl Strategy<Value = AgentMessage> {
    let ready = (any::<u64>(), id(), any::<i64>(), option::of(client_error()))
        .prop_map(|(prepare_id, entry, lead_us, error)| Ready { prepare_id, entry: EntryId(entry), lead_us, error });
    prop_oneof![
        hello().prop_map(|m| AgentMessage::Hello(Box::new(m))),
        any::<i64>().prop_map(|t1| AgentMessage::TimeRequest(TimeRequest { t1: LocalTime(t1) })),
        Just(AgentMessage::RequestState),
        ready.prop_map(AgentMessage::Ready),
        position().prop_map(|m| AgentMessage::PositionReport(Box::new(m))),
        health().prop_map(|m| AgentMessage::Health(Box::new(m))),
        client_error().prop_map(AgentMessage::ClientError),
        (any::<u64>(), vec(stretch(), 0..4))
            .prop_map(|(dropped, stretches)| AgentMessage::History(History { dropped, stretches })),
        text().prop_map(|number| AgentMessage::Reveal(Reveal { number })),
        (id(), id(), number(), number()).prop_map(|(from, to, shift_us, error_bound_us)| {
            let (from, to) = (ClockId(from), ClockId(to));
            AgentMessage::ClockShift(ClockShift { from, to, shift_us, error_bound_us })
        }),
    ]
}

prop_compose! {
    fn welcome()(
        server_time in server_time(), protocol: u32, clock in id(), speaker in id(), name in text(),
        server_version in text(), (history, adopted, wall_clock) in any::<(bool, bool, Option<u64>)>(),
        settings in settings(),
    ) -> Welcome {
        Welcome {
            server_time, protocol, clock_id: ClockId(clock), speaker_id: SpeakerId(speaker), name, server_version,
            history, adopted, wall_clock, settings,
        }
    }
}

prop_compose! {
    fn prepare()(
        server_time in server_time(), zone in id(), revision: u64, prepare_id: u64, entry in plan_entry(),
        from_frames in frames(), deadline in server_time(),
    ) -> Prepare {
        Prepare { server_time, zone: ZoneId(zone), revision, prepare_id, entry, from_frames, deadline }
    }
}

prop_compose! {
    fn volume_change()(
        server_time in server_time(), zone in id(), revision: u64, volume in level(), at in server_time(), ramp_ms: u32,
    ) -> VolumeChange {
        VolumeChange { server_time, zone: ZoneId(zone), revision, volume, at, ramp_ms }
    }
}

prop_compose! {
    fn position_check()(
        server_time in server_time(), zone in id(), revision: u64, entry in option::of(id()), expected in frames(),
    ) -> PositionCheck {
        let (zone, entry) = (ZoneId(zone), entry.map(EntryId));
        PositionCheck { server_time, zone, revision, entry, expected_frames: expected }
    }
}

prop_compose! {
    fn time_reply()(t1: i64, t2 in server_time(), t3 in server_time()) -> TimeReply {
        TimeReply { t1: LocalTime(t1), t2, t3 }
    }
}

prop_compose! {
    fn announce()(
        server_time in server_time(), clip in plan_entry(), at in server_time(), duck_db in single(),
    ) -> Announce {
        Announce { server_time, clip, at, duck_db }
    }
}

prop_compose! {
    fn error_notice()(server_time in server_time(), code in text(), detail in text(), fatal: bool) -> ErrorNotice {
        ErrorNotice { server_time, code, detail, fatal }
    }
}

prop_compose! {
    fn standing()(
        server_time in server_time(), state in select(vec![KeyState::Pending, KeyState::Adopted, KeyState::Other]),
        number in option::of(text()), detail in text(),
    ) -> Standing {
        Standing { server_time, state, number, detail }
    }
}

fn server_message() -> impl Strategy<Value = ServerMessage> {
    type Transport = fn(Session) -> ServerMessage;
    let transports: Vec<Transport> = vec![
        ServerMessage::PlayTrack,
        ServerMessage::Pause,
        ServerMessage::Resume,
        ServerMessage::Seek,
        ServerMessage::Stop,
        ServerMessage::PlanUpdate,
    ];
    let state_sync = (session(), text(), level())
        .prop_map(|(session, zone_name, volume)| ServerMessage::StateSync(StateSync { session, zone_name, volume }));
    let configure = (server_time(), proptest::option::of(server_time()), text(), settings()).prop_map(
        |(server_time, at, name, settings)| ServerMessage::Configure(Configure { server_time, at, name, settings }),
    );
    let identify =
        (server_time(), server_time()).prop_map(|(now, at)| ServerMessage::Identify(Identify { server_time: now, at }));
    let calibration = (server_time(), id(), any::<bool>(), server_time(), any::<(u32, u32, u16)>(), -80.0f32..0.0);
    let calibration = calibration.prop_map(|(server_time, zone, on, at, (every_us, count, code), level_db)| {
        let zone = ZoneId(zone);
        ServerMessage::Calibration(Calibration { server_time, zone, on, at, every_us, count, code, level_db })
    });
    let metronome = (server_time(), id(), any::<bool>(), server_time(), any::<u32>(), server_time()).prop_map(
        |(server_time, zone, on, at, interval_us, until)| {
            ServerMessage::Metronome(Metronome { server_time, zone: ZoneId(zone), on, at, interval_us, until })
        },
    );
    prop_oneof![
        welcome().prop_map(ServerMessage::Welcome),
        state_sync,
        (select(transports), session()).prop_map(|(kind, session)| kind(session)),
        prepare().prop_map(ServerMessage::Prepare),
        volume_change().prop_map(ServerMessage::VolumeChange),
        position_check().prop_map(ServerMessage::PositionCheck),
        time_reply().prop_map(ServerMessage::TimeReply),
        configure,
        identify,
        metronome,
        calibration,
        announce().prop_map(ServerMessage::Announce),
        (server_time(), any::<u64>())
            .prop_map(|(server_time, sequence)| { ServerMessage::HistoryKept(HistoryKept { server_time, sequence }) }),
        standing().prop_map(ServerMessage::Standing),
        error_notice().prop_map(ServerMessage::Error),
    ]
}

proptest! {
    #[test]
    fn what_a_speaker_says_is_what_the_coordinator_reads(message in agent_message()) {
        let wire = encode_agent_message(&message);
        prop_assert!(wire.starts_with(r#"{"type":""#), "the type comes first: {wire}");
        prop_assert_eq!(decode_agent_message(&wire), Ok(message));
    }

    #[test]
    fn what_a_coordinator_says_is_what_the_speaker_reads(message in server_message()) {
        let wire = encode_server_message(&message);
        prop_assert!(wire.starts_with(r#"{"type":""#), "the type comes first: {wire}");
        prop_assert_eq!(decode_server_message(&wire), Ok(message));
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..600)) {
        // The socket refuses what is not UTF-8; what a lossy reader would make of it must not hurt either.
        let text = String::from_utf8_lossy(&bytes);
        let _ = (decode_agent_message(&text), decode_server_message(&text));
    }

    #[test]
    fn a_damaged_message_is_survived(
        message in agent_message(), answer in server_message(), at: prop::sample::Index, byte: u8,
        cut: prop::sample::Index,
    ) {
        for wire in [encode_agent_message(&message), encode_server_message(&answer)] {
            let mut bytes = wire.into_bytes();
            let index = at.index(bytes.len());
            bytes[index] = byte;
            bytes.truncate(cut.index(bytes.len()) + 1);
            let text = String::from_utf8_lossy(&bytes);
            let _ = (decode_agent_message(&text), decode_server_message(&text));
        }
    }

    #[test]
    fn a_newer_peer_may_say_more(message in agent_message(), answer in server_message(), more in text()) {
        let richer = |wire: String| {
            let mut value: serde_json::Value = serde_json::from_str(&wire).expect("JSON");
            value.as_object_mut().expect("an object").insert("said_by_a_newer_peer".into(), more.clone().into());
            value.to_string()
        };
        prop_assert_eq!(decode_agent_message(&richer(encode_agent_message(&message))), Ok(message));
        prop_assert_eq!(decode_server_message(&richer(encode_server_message(&answer))), Ok(answer));
    }
}

#[test]
fn the_limits_hold_what_must_fit() {
    // The plan of a long queue must pass both ways, with long names in it.
    let entry = PlanEntry {
        entry: EntryId::random(),
        track: TrackId::random(),
        hash: "f".repeat(64),
        bytes: u64::MAX,
        format: "flac".into(),
        sample_rate: 192_000,
        frames: Frames(i64::MAX),
        start_frames: Frames(i64::MAX),
        end_frames: Some(Frames(i64::MAX)),
        track_start_frames: Frames(i64::MAX),
        track_end_frames: Some(Frames(i64::MAX)),
        gain_db: -12.34,
        overlap_us: 12_000_000,
        title: "t".repeat(200),
        artist: "a".repeat(100),
    };
    let size = serde_json::to_string(&entry).expect("JSON").len();
    assert!(MAX_AGENT_FRAME_BYTES / size >= 280, "a hello holds a plan of {} entries", MAX_AGENT_FRAME_BYTES / size);
    assert!(MAX_SERVER_FRAME_BYTES / size >= 1_100, "a state_sync holds {} entries", MAX_SERVER_FRAME_BYTES / size);
}
