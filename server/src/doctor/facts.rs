//! The facts that an examination of the coordinator is made of.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use downbeat_host::{
    interfaces::own_addresses,
    machine::{self, Clocks, Disk},
};
use nix::{
    sys::resource::{Resource, getrlimit},
    unistd::{AccessFlags, access},
};

use super::kept;
use crate::{
    authority::{OwnAuthority, set_clock},
    conductor::Conductor,
    config::Config,
    net::{PairFiles, Validity},
};
use downbeat_library::FolderState;
use downbeat_protocol::handshake::SpeakerClass;

/// Room that the coordinator needs for its database, covers and edits, bytes.
const KEEP_FREE: u64 = 512 << 20;

/// All that was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The machine's clocks.
    pub clocks: Clocks,
    /// The disk of the data folder.
    pub disk: Option<Disk>,
    /// The load average of a minute.
    pub load1: Option<f32>,
    /// Processors.
    pub processors: usize,
    /// The most files that the process may have open.
    pub open_files: Option<u64>,
    /// Speakers that are known, but for browsers.
    pub speakers: usize,
    /// The address that is listened at; `None`: nobody but this machine reaches it.
    pub port: Option<u16>,
    /// This machine's addresses that others reach.
    pub addresses: Vec<IpAddr>,
    /// True if speakers find the coordinator by themselves (mDNS).
    pub announced: bool,
    /// The certificate that people are shown.
    pub certificate: Shown,
    /// The last second of the CA, since 1970; `None`: it has none.
    pub ca_ends: Option<i64>,
    /// The converter of files without a decoder.
    pub ffmpeg: Ffmpeg,
    /// The music folders.
    pub folders: Vec<Folder>,
    /// Seconds since 1970 of the last backup.
    pub last_backup: Option<u64>,
    /// The versions of the agents that are connected, each with their number.
    pub versions: Vec<(String, usize)>,
}

/// The certificate that people are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The file it comes from; `None`: it is the coordinator's own, which makes it anew in time.
    pub file: Option<String>,
    /// The first and the last second, since 1970. `Err`: why it cannot be used.
    pub dates: Option<Result<(i64, i64), String>>,
}

/// The converter of files without a decoder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ffmpeg {
    /// It is off.
    #[default]
    Off,
    /// It is not there. So many files wait for it.
    Missing(u64),
    /// Its version.
    There(String),
}

/// A music folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// Its path.
    pub path: String,
    /// True if it is there.
    pub there: bool,
    /// True if its files can be read.
    pub readable: bool,
    /// True if files can be changed and taken in there.
    pub writable: bool,
}

/// The coordinator as one that is examined.
#[derive(Debug)]
pub struct Examined {
    /// Its settings.
    pub config: Config,
    /// The address that it listens at.
    pub addr: SocketAddr,
    /// True if it is announced in its network.
    pub announced: AtomicBool,
    /// One examination at a time.
    pub alone: tokio::sync::Mutex<()>,
}

impl Examined {
    /// One that starts.
    pub fn new(config: Config, addr: SocketAddr) -> Self {
        Self { config, addr, announced: AtomicBool::new(false), alone: tokio::sync::Mutex::default() }
    }
}

/// Reads all facts. It tries the disk: some tenths of a second, and no task of others should wait for it.
pub fn read(examined: &Examined, own: &OwnAuthority, conductor: &Conductor) -> Facts {
    let config = &examined.config;
    let root = Path::new("/");
    let mut disk = machine::disk(root, &config.data, |_| KEEP_FREE);
    if let Some(disk) = &mut disk {
        disk.speed = machine::speed(&config.data);
    }
    let speakers = conductor.fleet().list();
    let agents = || speakers.iter().filter(|speaker| speaker.row.class == SpeakerClass::Agent);
    let mut versions = std::collections::BTreeMap::<_, usize>::new();
    for connection in agents().filter_map(|speaker| speaker.connection.as_ref()) {
        *versions.entry(connection.version.clone()).or_default() += 1;
    }
    let reached = own_addresses().into_iter().filter(|own| !own.loopback).map(|own| own.address);
    Facts {
        clocks: machine::clocks(root),
        disk,
        load1: machine::line(root, "proc/loadavg").and_then(|l| l.split(' ').next()?.parse().ok()),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        open_files: getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| soft),
        speakers: agents().count(),
        port: (!examined.addr.ip().is_loopback()).then_some(examined.addr.port()),
        addresses: reached.collect(),
        announced: examined.announced.load(Ordering::Relaxed),
        certificate: shown(config.tls_files.as_ref(), own),
        ca_ends: set_clock().is_some().then(|| own.dates_of_ca().1),
        ffmpeg: ffmpeg(config, conductor),
        folders: conductor.library().status().folders.into_iter().map(|f| folder(&f.path, f.state)).collect(),
        last_backup: kept::last(&config.data),
        versions: versions.into_iter().collect(),
    }
}

fn shown(files: Option<&PairFiles>, own: &OwnAuthority) -> Shown {
    match files {
        Some(files) => {
            let dates = files.validity().map(|Validity { begins, ends }| (begins, ends)).map_err(|e| e.to_string());
            Shown { file: Some(files.certificate.display().to_string()), dates: Some(dates) }
        }
        None => Shown { file: None, dates: own.dates_of_server().map(Ok) },
    }
}

fn ffmpeg(config: &Config, conductor: &Conductor) -> Ffmpeg {
    if config.ffmpeg.is_none() {
        return Ffmpeg::Off;
    }
    let status = conductor.library().turning().borrow().clone();
    status.ffmpeg.map_or(Ffmpeg::Missing(status.waiting + status.failed), Ffmpeg::There)
}

fn folder(path: &Path, state: FolderState) -> Folder {
    let may = |flags| access(path, flags).is_ok();
    Folder {
        path: path.display().to_string(),
        there: state != FolderState::Missing,
        readable: may(AccessFlags::R_OK | AccessFlags::X_OK),
        writable: may(AccessFlags::W_OK | AccessFlags::X_OK),
    }
}
