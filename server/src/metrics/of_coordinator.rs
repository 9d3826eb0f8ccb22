//! The figures of the coordinator.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;

use super::{
    facts::CoordinatorFacts,
    figure::{Figure, counter, flag, gauge},
};

const FIGURES: [Figure<CoordinatorFacts>; 27] = [
    gauge("downbeat_clock_server_time_seconds", "Server time: the clock that plans are written in.", |c| {
        Some(c.server_time_s)
    }),
    gauge("downbeat_clock_wall_time_seconds", "The wall clock, since 1970.", |c| Some(c.wall_s)),
    gauge("downbeat_clock_wall_set", "1 if the wall clock was set since the machine's start.", |c| {
        Some(flag(c.wall_is_set))
    }),
    gauge("downbeat_connections", "Connections, and files that are sent.", |c| Some(c.connections as f64)),
    gauge("downbeat_connections_max", "The most connections and files that there may be.", |c| {
        Some(c.connections_most as f64)
    }),
    gauge("downbeat_event_streams", "Clients that follow events.", |c| Some(c.followers as f64)),
    gauge("downbeat_speakers", "The speakers that are known.", |c| Some(c.speakers as f64)),
    gauge("downbeat_speakers_connected", "The speakers that are connected.", |c| Some(c.connected as f64)),
    gauge("downbeat_zones", "The zones.", |c| Some(c.zones as f64)),
    gauge("downbeat_scan_running", "1 while the music folders are looked through.", |c| Some(flag(c.scanning))),
    gauge("downbeat_scan_files", "Files that may be music, found by this scan or the last one.", |c| {
        Some(c.scan_found as f64)
    }),
    gauge("downbeat_scan_files_done", "Of these, the files that were looked at.", |c| Some(c.scan_done as f64)),
    gauge("downbeat_scan_files_failed", "Of these, the files that cannot be played.", |c| Some(c.scan_failed as f64)),
    gauge("downbeat_scan_last_duration_seconds", "The length of the last scan.", |c| c.scan_took_s),
    gauge("downbeat_scan_last_end_timestamp_seconds", "The end of the last scan, since 1970.", |c| c.scan_ended_s),
    gauge("downbeat_scan_faulted", "1 if results were not saved, or files could not be looked at.", |c| {
        Some(flag(c.scan_fault))
    }),
    gauge("downbeat_library_tracks", "The tracks of the library, playable or not.", |c| Some(c.tracks as f64)),
    gauge("downbeat_library_tracks_playable", "The tracks that can be played.", |c| Some(c.playable as f64)),
    gauge("downbeat_library_tracks_hashed", "Of these, the tracks that speakers can fetch.", |c| Some(c.hashed as f64)),
    gauge("downbeat_library_tracks_analysed", "Of these, the tracks whose loudness is known.", |c| {
        Some(c.analysed as f64)
    }),
    counter("process_cpu_seconds", "Processor time that the coordinator has taken.", |c| c.process.cpu_s),
    gauge("process_resident_memory_bytes", "The coordinator's resident memory.", |c| c.process.resident_bytes),
    gauge("process_virtual_memory_bytes", "The coordinator's virtual memory.", |c| c.process.virtual_bytes),
    gauge("process_threads", "The coordinator's threads.", |c| c.process.threads),
    gauge("process_open_fds", "The coordinator's open files.", |c| c.process.open_files),
    gauge("process_max_fds", "The most open files that the coordinator may have.", |c| c.process.most_files),
    gauge("process_start_time_seconds", "The coordinator's start, since 1970.", |c| Some(c.started_s)),
];

const BUILD: Figure<CoordinatorFacts> =
    gauge("downbeat_build_info", "Always 1: the coordinator's version.", |_| Some(1.0));

const KEYS: Figure<usize> = gauge("downbeat_speaker_keys", "The keys of speakers by their state.", |n| Some(*n as f64));

const FOLDERS: Figure<bool> =
    gauge("downbeat_library_folder_present", "1 if the music folder is there.", |is| Some(flag(*is)));

/// Writes the coordinator's figures.
pub(super) fn write(encoder: &mut DescriptorEncoder<'_>, facts: &CoordinatorFacts) -> fmt::Result {
    BUILD.write(encoder, [(facts, &[("version", env!("CARGO_PKG_VERSION"))])])?;
    FIGURES.iter().try_for_each(|figure| figure.write_one(encoder, facts))?;
    let states: Vec<_> = facts.keys.iter().map(|(state, _)| [("state", *state)]).collect();
    KEYS.write(encoder, facts.keys.iter().map(|(_, n)| n).zip(&states))?;
    let folders: Vec<_> = facts.folders.iter().map(|(path, _)| [("folder", path.display().to_string())]).collect();
    FOLDERS.write(encoder, facts.folders.iter().map(|(_, is)| is).zip(&folders))
}
