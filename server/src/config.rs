//! The settings: by flags, by environment, by a TOML file; the first that says something wins.

use std::{
    ffi::OsString,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{CommandFactory, Parser};
use downbeat_library::{LeaveOut, Separators};
use serde::Deserialize;

use crate::{
    access::{AccessSettings, AccessWords},
    conductor::HistoryLimits,
    metrics::Detail,
    net::PairFiles,
    register::LegacySpeakers,
    sockets::places::PER_ADDRESS,
};

/// All settings, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The address to listen on, `ADDR:PORT`.
    pub listen: String,
    /// The music folders.
    pub music: Vec<PathBuf>,
    /// Folders below which music folders may be chosen over REST.
    pub music_roots: Vec<PathBuf>,
    /// How often the music folders are looked through; `None`: only when asked.
    pub rescan: Option<Duration>,
    /// The names of folders that are left out of the library.
    pub leave_out: LeaveOut,
    /// How several names in one text of a tag are told apart.
    pub separators: Separators,
    /// The program that converts kinds of files that have no decoder; `None`: they do not play.
    pub ffmpeg: Option<PathBuf>,
    /// The most that is kept of what it made, bytes.
    pub convert_cache_bytes: u64,
    /// Files that are converted at the same time, each on one core.
    pub convert_cores: usize,
    /// A folder with the built page, in place of the program's own.
    pub web_dir: Option<PathBuf>,
    /// True if files may be deleted over REST.
    pub allow_delete: bool,
    /// Names of this coordinator beside the machine's own, without ports.
    pub allow_host: Vec<String>,
    /// The rights of callers without a credential, and the proxies and sites that are believed.
    pub access: AccessSettings,
    /// The settings of guests that somebody set at the start, and that are not set over REST therefore.
    pub said: Said,
    /// The certificate that people are shown; `None`: one of the own CA.
    pub tls_files: Option<PairFiles>,
    /// How long it is kept what an edit of a file's tags took away, days; 0: not at all.
    pub keep_edits_days: u32,
    /// The folder of the database.
    pub data: PathBuf,
    /// How often a speaker is pinged.
    pub ping_interval: Duration,
    /// A speaker of which nothing was heard for this long is gone.
    pub ping_timeout: Duration,
    /// Past this a speaker jumps to the right position.
    pub max_drift: Duration,
    /// How often speakers are told where they should be.
    pub position_check: Duration,
    /// How long a start waits for speakers that are not ready.
    pub ready_deadline: Duration,
    /// How much of what was played is kept.
    pub history: HistoryLimits,
    /// Connections and files that are sent, together; `None`: as many as the limit of open files allows.
    pub connections: Option<usize>,
    /// Connections of one address.
    pub connections_per_address: usize,
    /// Addresses that are not bounded, because many come through them.
    pub proxy_address: Vec<IpAddr>,
    /// How long a request may take to come, an idle connection may stay, a client may take nothing of an answer. No
    /// flag sets it.
    pub patience: Duration,
    /// The most speakers that are known.
    pub max_speakers: usize,
    /// The most zones.
    pub max_zones: usize,
    /// For how long speakers are let in that do not encrypt.
    pub legacy_speakers: LegacySpeakers,
    /// For so long after the start, each speaker that comes over TLS is adopted.
    pub adopt_all_for: Option<Duration>,
    /// How much `/metrics` tells.
    pub metrics: Detail,
    /// The filters of the log, as `tracing` reads them.
    pub log: String,
}

/// The settings that can be set over REST, too, and were set at the start: by a flag, a variable, or the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said {
    /// The rights of guests.
    pub guests: bool,
    /// The bound of the volumes that they set.
    pub guest_max_volume: bool,
}

impl Config {
    /// The defaults, with this data folder, listening on a free port of this machine only, with a place for each
    /// speaker that comes: for tests.
    pub fn for_tests(data: impl Into<PathBuf>, music: Vec<PathBuf>) -> Self {
        let layer = Layer { listen: Some("127.0.0.1:0".into()), data: Some(data.into()), music, ..Layer::default() };
        // What a machine has installed changes no test that does not ask for it.
        Self { legacy_speakers: LegacySpeakers::All, ffmpeg: None, ..layer.complete(None) }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `--help`, `--version`, or a flag that is none.
    #[error(transparent)]
    Flags(#[from] clap::Error),
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    File {
        /// The file's path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be; the message names the key and the line.
    #[error("the configuration {path} is wrong: {source}")]
    Toml {
        /// The file's path.
        path: PathBuf,
        /// The fault and its place.
        source: Box<toml::de::Error>,
    },
    /// A variable of the environment has a value that cannot be.
    #[error("the environment variable {name} is {value:?}, which is not {expected}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
        /// The kind of value that it should be.
        expected: &'static str,
    },
    /// A setting has a value that cannot be.
    #[error("{0}")]
    Value(String),
}

/// The coordinator of a Downbeat fleet: it keeps the library and the zones, and tells every speaker what to play when.
///
/// Each setting can be a flag, an environment variable, or a key of the TOML file (with _ for -); flags win over the
/// environment, the environment over the file.
#[derive(Debug, Clone, Default, PartialEq, Parser, Deserialize)]
#[command(name = "downbeat-server", version)]
#[serde(deny_unknown_fields, default)]
struct Layer {
    /// The address and port to listen at [env: DOWNBEAT_LISTEN] [default: 0.0.0.0:3000]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// A folder with music; can be given several times. Without one, music folders are chosen over REST or in the page,
    /// below a folder of --music-root or the data folder's own [env: DOWNBEAT_MUSIC, several with : between]
    #[arg(long, value_name = "DIR")]
    #[serde(deserialize_with = "one_or_many")]
    music: Vec<PathBuf>,
    /// A folder below which an admin may choose music folders over REST; can be given several times
    /// [env: DOWNBEAT_MUSIC_ROOT, several with : between]
    #[arg(long, value_name = "DIR")]
    #[serde(deserialize_with = "one_or_many")]
    music_root: Vec<PathBuf>,
    /// Let people delete files of the music folders over REST, for good [env: DOWNBEAT_ALLOW_DELETE=1]
    #[arg(long)]
    allow_delete: bool,
    /// A name that browsers may call this coordinator by, beside its addresses and the machine's own names; can be
    /// given several times [env: DOWNBEAT_ALLOW_HOST, several with , between]
    #[arg(long, value_name = "NAME")]
    #[serde(deserialize_with = "one_or_many")]
    allow_host: Vec<String>,
    /// Callers in clear HTTP from the local network: none; listen: look and listen; guest: as --guests says; all: and
    /// tokens are taken in clear [env: DOWNBEAT_PLAIN] [default: guest]
    #[arg(long, value_name = "none|listen|guest|all")]
    plain: Option<String>,
    /// Callers of the local network without a login: none; listen: look and listen; control: and control playback
    /// [env: DOWNBEAT_GUESTS] [default: control]
    #[arg(long, value_name = "none|listen|control")]
    guests: Option<String>,
    /// Guests make nothing louder than this, percent [env: DOWNBEAT_GUEST_MAX_VOLUME] [default: 100]
    #[arg(long, value_name = "PERCENT")]
    guest_max_volume: Option<f32>,
    /// People's programs on this machine without a login: operator, or guest as others [env: DOWNBEAT_LOOPBACK]
    /// [default: operator]
    #[arg(long, value_name = "operator|guest")]
    loopback: Option<String>,
    /// The address of a reverse proxy, or a range of them, whose X-Forwarded-For and X-Forwarded-Proto are believed;
    /// can be given several times [env: DOWNBEAT_BEHIND_PROXY, several with , between]
    #[arg(long, value_name = "CIDR")]
    #[serde(deserialize_with = "one_or_many")]
    behind_proxy: Vec<String>,
    /// A site whose pages may ask, with a token, as https://panel.example; can be given several times
    /// [env: DOWNBEAT_CORS_ORIGIN, several with , between]
    #[arg(long, value_name = "ORIGIN")]
    #[serde(deserialize_with = "one_or_many")]
    cors_origin: Vec<String>,
    /// A certificate for people in PEM, those that signed it behind it, in place of one of the coordinator's own CA; it
    /// is read anew when it changes [env: DOWNBEAT_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The key of --tls-cert, in PEM [env: DOWNBEAT_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// How long an edit of a file's tags can be taken back, days; 0: not at all. All that is kept for it takes 256 MB
    /// at most [env: DOWNBEAT_KEEP_EDITS_DAYS] [default: 30]
    #[arg(long, value_name = "DAYS")]
    keep_edits_days: Option<u32>,
    /// The folder of the database [env: DOWNBEAT_DATA] [default: the systemd state directory, or downbeat-server in the
    /// user's data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A folder with the built page (`server/web/built`), in place of the one in the program [env: DOWNBEAT_WEB_DIR]
    #[arg(long, value_name = "DIR")]
    web_dir: Option<PathBuf>,
    /// How often the music folders are looked through, minutes; 0: only when asked. Changes on local disks are seen at
    /// once all the same [env: DOWNBEAT_RESCAN_MINUTES] [default: 30]
    #[arg(long, value_name = "MIN")]
    rescan_minutes: Option<u64>,
    /// A name of folders that are left out of the library, with those that are usual for thrown-away files (#recycle,
    /// $RECYCLE.BIN, @eaDir, lost+found and others); * stands for any letters, !NAME takes a usual one back, "!*" all;
    /// can be given several times [env: DOWNBEAT_LEAVE_OUT, several with , between]
    #[arg(long, value_name = "NAME")]
    #[serde(deserialize_with = "one_or_many")]
    leave_out: Vec<String>,
    /// A sign between several artists or composers in one text, as ";"; of letters, /, & and + only with blanks around
    /// it; can be given several times [env: DOWNBEAT_SPLIT_ARTISTS, several with blanks between] [default: none]
    #[arg(long, value_name = "SIGN")]
    #[serde(deserialize_with = "one_or_many")]
    split_artists: Vec<String>,
    /// The same for genres; none: they stay as they are written [env: DOWNBEAT_SPLIT_GENRES, several with blanks
    /// between] [default: ;]
    #[arg(long, value_name = "SIGN")]
    #[serde(deserialize_with = "one_or_many")]
    split_genres: Vec<String>,
    /// The program that converts kinds of files that have no decoder (WMA, WavPack, Monkey's Audio, DSD, AC-3, HE-AAC
    /// and others) to FLAC, once, or "off" [env: DOWNBEAT_FFMPEG] [default: ffmpeg]
    #[arg(long, value_name = "PATH|off")]
    ffmpeg: Option<PathBuf>,
    /// The most that is kept of what was converted, GB; what was not used for the longest time is made again when it is
    /// played [env: DOWNBEAT_CONVERT_CACHE_GB] [default: 20]
    #[arg(long, value_name = "GB")]
    convert_cache_gb: Option<u64>,
    /// Files that are converted at the same time, each on one core, behind all other work
    /// [env: DOWNBEAT_CONVERT_CORES] [default: 1]
    #[arg(long, value_name = "N")]
    convert_cores: Option<usize>,
    /// How often a speaker is pinged, milliseconds [env: DOWNBEAT_PING_INTERVAL_MS or WS_PING_INTERVAL]
    /// [default: 5000]
    #[arg(long, value_name = "MS")]
    ping_interval_ms: Option<u64>,
    /// A speaker of which nothing was heard for this long is gone, milliseconds [env: DOWNBEAT_PING_TIMEOUT_MS or
    /// WS_PING_TIMEOUT] [default: 15000]
    #[arg(long, value_name = "MS")]
    ping_timeout_ms: Option<u64>,
    /// Past this a speaker jumps to the right position, seconds [env: DOWNBEAT_MAX_DRIFT_SECONDS or
    /// MAX_DRIFT_SECONDS] [default: 0.005]
    #[arg(long, value_name = "S")]
    max_drift_seconds: Option<f64>,
    /// How often speakers are told where they should be, milliseconds [env: DOWNBEAT_POSITION_CHECK_MS or
    /// POSITION_CHECK_INTERVAL] [default: 5000]
    #[arg(long, value_name = "MS")]
    position_check_ms: Option<u64>,
    /// How long a start waits for speakers that are not ready, milliseconds [env: DOWNBEAT_READY_DEADLINE_MS]
    /// [default: 2000]
    #[arg(long, value_name = "MS")]
    ready_deadline_ms: Option<u64>,
    /// How long it is kept what was played where, days; 0: for ever [env: DOWNBEAT_HISTORY_DAYS] [default: 400]
    #[arg(long, value_name = "DAYS")]
    history_days: Option<u32>,
    /// How many stretches of the play history are kept, some 290 bytes each: one a track and speaker, more with pauses
    /// [env: DOWNBEAT_HISTORY_ROWS] [default: 5000000]
    #[arg(long, value_name = "N")]
    history_rows: Option<u64>,
    /// The most connections and files being sent, together [env: DOWNBEAT_MAX_CONNECTIONS] [default: the limit of open
    /// files, less an eighth]
    #[arg(long, value_name = "N")]
    max_connections: Option<usize>,
    /// The most connections of one address; this machine and proxies have no bound of their own
    /// [env: DOWNBEAT_CONNECTIONS_PER_ADDRESS] [default: 1024]
    #[arg(long, value_name = "N")]
    connections_per_address: Option<usize>,
    /// The address of a proxy that many speakers or people come through; can be given several times
    /// [env: DOWNBEAT_PROXY_ADDRESS, several with , between]
    #[arg(long, value_name = "ADDR")]
    #[serde(deserialize_with = "one_or_many")]
    proxy_address: Vec<IpAddr>,
    /// The most speakers that are known, connected or not [env: DOWNBEAT_MAX_SPEAKERS] [default: 25000]
    #[arg(long, value_name = "N")]
    max_speakers: Option<usize>,
    /// The most zones; speakers that name a new one make at most half of them [env: DOWNBEAT_MAX_ZONES] [default: 256]
    #[arg(long, value_name = "N")]
    max_zones: Option<usize>,
    /// For how long speakers that were known before the coordinator could encrypt are let in without encryption:
    /// until=YYYY-MM-DD, until=never (without an end), none, or all (new ones, too: whoever reaches this port can be a
    /// speaker) [env: DOWNBEAT_LEGACY_SPEAKERS] [default: 90 days after the upgrade]
    #[arg(long, value_name = "WHICH")]
    legacy_speakers: Option<LegacySpeakers>,
    /// For so long after this start (30m, 2h; a day at most), adopt each speaker that comes over TLS without being
    /// asked: to set up many at once, in a network that you trust meanwhile [env: DOWNBEAT_ADOPT_ALL_FOR]
    #[arg(long, value_name = "TIME")]
    adopt_all_for: Option<Span>,
    /// How much /metrics tells Prometheus: off; zones: the coordinator and each zone; speakers: and each speaker
    /// [env: DOWNBEAT_METRICS] [default: speakers]
    #[arg(long, value_name = "off|zones|speakers")]
    metrics: Option<Detail>,
    /// The filter of the log [env: DOWNBEAT_LOG] [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// The TOML file [env: DOWNBEAT_CONFIG]
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

/// What can be typed, for manuals.
pub fn command() -> clap::Command {
    Layer::command()
}

fn is_host_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// Addresses of a variable of the environment.
fn addresses(value: String) -> Result<Vec<IpAddr>, ConfigError> {
    let read: Result<_, _> = value.split(',').map(str::trim).filter(|a| !a.is_empty()).map(str::parse).collect();
    let wrong = |_| ConfigError::Variable { name: "DOWNBEAT_PROXY_ADDRESS", value, expected: "addresses of machines" };
    read.map_err(wrong)
}

/// A variable of the environment that is a text with rules.
fn set<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|error: T::Err| ConfigError::Value(error.to_string()))
}

/// Minutes or hours, `30m` or `2h`, a day at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Span(Duration);

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("{text:?}: say minutes or hours, 30m or 2h, and a day at most");
        let text = text.trim();
        let (number, seconds) = text
            .strip_suffix('m')
            .map(|n| (n, 60))
            .or_else(|| text.strip_suffix('h').map(|n| (n, 3_600)))
            .ok_or_else(wanted)?;
        let number: u64 = number.parse().map_err(|_| wanted())?;
        let time = number.checked_mul(seconds).filter(|time| (1..=86_400).contains(time)).ok_or_else(wanted)?;
        Ok(Self(Duration::from_secs(time)))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn one_or_many<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected one text or a list of them")]
    enum Values<T> {
        One(T),
        Many(Vec<T>),
    }
    Ok(match Values::deserialize(deserializer)? {
        Values::One(value) => vec![value],
        Values::Many(values) => values,
    })
}

impl Config {
    /// From the command line (its first word is the program), the environment, and the file that either names.
    pub fn load(
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let flags = Layer::try_parse_from(arguments)?;
        let variables = Layer::from_environment(&environment)?;
        let path = flags.config.clone().or_else(|| variables.config.clone());
        let file = path.as_deref().map(Layer::from_file).transpose()?.unwrap_or_default();
        let layer = flags.over(variables).over(file);
        layer.check()?;
        let home = environment("HOME").map(PathBuf::from);
        let user = environment("XDG_DATA_HOME").map(PathBuf::from).or(home.map(|h| h.join(".local/share")));
        let state = environment("STATE_DIRECTORY").map(PathBuf::from);
        Ok(layer.complete(state.or(user.map(|u| u.join("downbeat-server")))))
    }
}

impl Layer {
    fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        toml::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|source| ConfigError::Toml { path: path.to_owned(), source: Box::new(source) })
    }

    fn from_environment(get: &impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        fn number<T: std::str::FromStr>(
            get: &impl Fn(&str) -> Option<OsString>,
            names: [&'static str; 2],
            expected: &'static str,
        ) -> Result<Option<T>, ConfigError> {
            let set = names.into_iter().find_map(|name| Some((name, get(name).filter(|v| !v.is_empty())?)));
            let Some((name, value)) = set else { return Ok(None) };
            let value = value.to_string_lossy().into_owned();
            match value.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(ConfigError::Variable { name, value, expected }),
            }
        }
        const MS: &str = "a whole number of milliseconds";
        let text = |name| get(name).filter(|v| !v.is_empty()).map(|v| v.to_string_lossy().into_owned());
        let path = |name| get(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let paths = |name| -> Vec<PathBuf> {
            let value = get(name).unwrap_or_default();
            std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect()
        };
        let list = |name| -> Vec<String> {
            let words = text(name).unwrap_or_default();
            words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        // A comma may be one of them.
        let words =
            |name| -> Vec<String> { text(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect() };
        Ok(Self {
            listen: text("DOWNBEAT_LISTEN"),
            music: paths("DOWNBEAT_MUSIC"),
            music_root: paths("DOWNBEAT_MUSIC_ROOT"),
            allow_delete: text("DOWNBEAT_ALLOW_DELETE").is_some_and(|v| matches!(v.trim(), "1" | "true" | "yes")),
            allow_host: list("DOWNBEAT_ALLOW_HOST"),
            plain: text("DOWNBEAT_PLAIN"),
            guests: text("DOWNBEAT_GUESTS"),
            guest_max_volume: number(get, ["DOWNBEAT_GUEST_MAX_VOLUME"; 2], "a number of percent")?,
            loopback: text("DOWNBEAT_LOOPBACK"),
            behind_proxy: list("DOWNBEAT_BEHIND_PROXY"),
            cors_origin: list("DOWNBEAT_CORS_ORIGIN"),
            tls_cert: path("DOWNBEAT_TLS_CERT"),
            tls_key: path("DOWNBEAT_TLS_KEY"),
            keep_edits_days: number(get, ["DOWNBEAT_KEEP_EDITS_DAYS"; 2], "a whole number of days")?,
            data: path("DOWNBEAT_DATA"),
            web_dir: path("DOWNBEAT_WEB_DIR"),
            rescan_minutes: number(get, ["DOWNBEAT_RESCAN_MINUTES"; 2], "a whole number of minutes")?,
            leave_out: list("DOWNBEAT_LEAVE_OUT"),
            split_artists: words("DOWNBEAT_SPLIT_ARTISTS"),
            split_genres: words("DOWNBEAT_SPLIT_GENRES"),
            ffmpeg: path("DOWNBEAT_FFMPEG"),
            convert_cache_gb: number(get, ["DOWNBEAT_CONVERT_CACHE_GB"; 2], "a whole number of gigabytes")?,
            convert_cores: number(get, ["DOWNBEAT_CONVERT_CORES"; 2], "a whole number of cores")?,
            ping_interval_ms: number(get, ["DOWNBEAT_PING_INTERVAL_MS", "WS_PING_INTERVAL"], MS)?,
            ping_timeout_ms: number(get, ["DOWNBEAT_PING_TIMEOUT_MS", "WS_PING_TIMEOUT"], MS)?,
            max_drift_seconds: number(get, ["DOWNBEAT_MAX_DRIFT_SECONDS", "MAX_DRIFT_SECONDS"], "a number of seconds")?,
            position_check_ms: number(get, ["DOWNBEAT_POSITION_CHECK_MS", "POSITION_CHECK_INTERVAL"], MS)?,
            ready_deadline_ms: number(get, ["DOWNBEAT_READY_DEADLINE_MS"; 2], MS)?,
            history_days: number(get, ["DOWNBEAT_HISTORY_DAYS"; 2], "a whole number of days")?,
            history_rows: number(get, ["DOWNBEAT_HISTORY_ROWS"; 2], "a whole number")?,
            max_connections: number(get, ["DOWNBEAT_MAX_CONNECTIONS"; 2], "a whole number")?,
            connections_per_address: number(get, ["DOWNBEAT_CONNECTIONS_PER_ADDRESS"; 2], "a whole number")?,
            proxy_address: text("DOWNBEAT_PROXY_ADDRESS").map(addresses).transpose()?.unwrap_or_default(),
            max_speakers: number(get, ["DOWNBEAT_MAX_SPEAKERS"; 2], "a whole number")?,
            max_zones: number(get, ["DOWNBEAT_MAX_ZONES"; 2], "a whole number")?,
            legacy_speakers: text("DOWNBEAT_LEGACY_SPEAKERS").as_deref().map(set).transpose()?,
            adopt_all_for: text("DOWNBEAT_ADOPT_ALL_FOR").as_deref().map(set).transpose()?,
            metrics: text("DOWNBEAT_METRICS").as_deref().map(set).transpose()?,
            log: text("DOWNBEAT_LOG"),
            config: path("DOWNBEAT_CONFIG"),
        })
    }

    /// This layer, and where it says nothing, the one below.
    fn over(self, below: Self) -> Self {
        Self {
            listen: self.listen.or(below.listen),
            music: if self.music.is_empty() { below.music } else { self.music },
            music_root: if self.music_root.is_empty() { below.music_root } else { self.music_root },
            allow_delete: self.allow_delete || below.allow_delete,
            allow_host: if self.allow_host.is_empty() { below.allow_host } else { self.allow_host },
            plain: self.plain.or(below.plain),
            guests: self.guests.or(below.guests),
            guest_max_volume: self.guest_max_volume.or(below.guest_max_volume),
            loopback: self.loopback.or(below.loopback),
            behind_proxy: if self.behind_proxy.is_empty() { below.behind_proxy } else { self.behind_proxy },
            cors_origin: if self.cors_origin.is_empty() { below.cors_origin } else { self.cors_origin },
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
            keep_edits_days: self.keep_edits_days.or(below.keep_edits_days),
            data: self.data.or(below.data),
            web_dir: self.web_dir.or(below.web_dir),
            rescan_minutes: self.rescan_minutes.or(below.rescan_minutes),
            leave_out: if self.leave_out.is_empty() { below.leave_out } else { self.leave_out },
            split_artists: if self.split_artists.is_empty() { below.split_artists } else { self.split_artists },
            split_genres: if self.split_genres.is_empty() { below.split_genres } else { self.split_genres },
            ffmpeg: self.ffmpeg.or(below.ffmpeg),
            convert_cache_gb: self.convert_cache_gb.or(below.convert_cache_gb),
            convert_cores: self.convert_cores.or(below.convert_cores),
            ping_interval_ms: self.ping_interval_ms.or(below.ping_interval_ms),
            ping_timeout_ms: self.ping_timeout_ms.or(below.ping_timeout_ms),
            max_drift_seconds: self.max_drift_seconds.or(below.max_drift_seconds),
            position_check_ms: self.position_check_ms.or(below.position_check_ms),
            ready_deadline_ms: self.ready_deadline_ms.or(below.ready_deadline_ms),
            history_days: self.history_days.or(below.history_days),
            history_rows: self.history_rows.or(below.history_rows),
            max_connections: self.max_connections.or(below.max_connections),
            connections_per_address: self.connections_per_address.or(below.connections_per_address),
            proxy_address: if self.proxy_address.is_empty() { below.proxy_address } else { self.proxy_address },
            max_speakers: self.max_speakers.or(below.max_speakers),
            max_zones: self.max_zones.or(below.max_zones),
            legacy_speakers: self.legacy_speakers.or(below.legacy_speakers),
            adopt_all_for: self.adopt_all_for.or(below.adopt_all_for),
            metrics: self.metrics.or(below.metrics),
            log: self.log.or(below.log),
            config: self.config.or(below.config),
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let range = |name: &str, value: Option<u64>, min: u64, max: u64| match value {
            Some(v) if !(min..=max).contains(&v) => {
                Err(ConfigError::Value(format!("{name} is {v} ms, which is not within {min}..={max}")))
            }
            _ => Ok(()),
        };
        range("ping_interval_ms", self.ping_interval_ms, 100, 3_600_000)?;
        range("ping_timeout_ms", self.ping_timeout_ms, 200, 3_600_000)?;
        range("position_check_ms", self.position_check_ms, 100, 3_600_000)?;
        if self.rescan_minutes.is_some_and(|minutes| minutes > 525_600) {
            return Err(ConfigError::Value("rescan_minutes is more than a year; 0 means only when asked".into()));
        }
        self.left_out().map_err(|wrong| ConfigError::Value(format!("leave_out: {wrong}")))?;
        self.separators().map_err(|wrong| ConfigError::Value(format!("split_artists, split_genres: {wrong}")))?;
        if self.convert_cache_gb.is_some_and(|gb| !(1..=100_000).contains(&gb)) {
            return Err(ConfigError::Value(
                "convert_cache_gb is not within 1..=100000; --ffmpeg off converts nothing".into(),
            ));
        }
        if self.convert_cores.is_some_and(|cores| !(1..=256).contains(&cores)) {
            return Err(ConfigError::Value(
                "convert_cores is not within 1..=256; --ffmpeg off converts nothing".into(),
            ));
        }
        if let Some(name) = self.allow_host.iter().find(|name| !is_host_name(name)) {
            let text =
                format!("allow_host is {name:?}, which is no host name: say it without http:// and without a port");
            return Err(ConfigError::Value(text));
        }
        self.access().map_err(ConfigError::Value)?;
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(ConfigError::Value("tls_cert and tls_key go together: say both, or none".into()));
        }
        if self.keep_edits_days.is_some_and(|days| days > 3_650) {
            return Err(ConfigError::Value(
                "keep_edits_days is more than ten years; 0 means that nothing is kept".into(),
            ));
        }
        range("ready_deadline_ms", self.ready_deadline_ms, 1, 60_000)?;
        for (name, value, least) in [
            ("max_connections", self.max_connections, 16),
            ("connections_per_address", self.connections_per_address, 8),
            ("max_speakers", self.max_speakers, 1),
            ("max_zones", self.max_zones, 2),
        ] {
            if let Some(value) = value.filter(|value| *value < least) {
                return Err(ConfigError::Value(format!("{name} is {value}, which is less than {least}")));
            }
        }
        let (interval, timeout) = (self.ping_interval_ms.unwrap_or(5_000), self.ping_timeout_ms.unwrap_or(15_000));
        if timeout <= interval {
            let text = format!("ping_timeout_ms ({timeout}) must be longer than ping_interval_ms ({interval})");
            return Err(ConfigError::Value(text));
        }
        match self.max_drift_seconds {
            Some(s) if !(0.0001..=10.0).contains(&s) => {
                Err(ConfigError::Value(format!("max_drift_seconds is {s}, which is not within 0.0001..=10")))
            }
            _ => Ok(()),
        }
    }

    fn left_out(&self) -> Result<LeaveOut, String> {
        LeaveOut::new(&self.leave_out)
    }

    fn separators(&self) -> Result<Separators, String> {
        let set = |signs: &'_ [String]| if signs.is_empty() { None } else { Some(signs.to_vec()) };
        Separators::new(set(&self.split_artists).as_deref(), set(&self.split_genres).as_deref())
    }

    fn access(&self) -> Result<AccessSettings, String> {
        AccessSettings::read(&AccessWords {
            plain: self.plain.as_deref(),
            guests: self.guests.as_deref(),
            guest_max_volume: self.guest_max_volume,
            loopback: self.loopback.as_deref(),
            behind_proxy: &self.behind_proxy,
            cors_origin: &self.cors_origin,
        })
    }

    fn complete(self, data: Option<PathBuf>) -> Config {
        let kept = HistoryLimits::default();
        // checked before
        let access = self.access().unwrap_or_default();
        let (leave_out, separators) = (self.left_out().unwrap_or_default(), self.separators().unwrap_or_default());
        let ms = |value: Option<u64>, default| Duration::from_millis(value.unwrap_or(default));
        Config {
            listen: self.listen.unwrap_or_else(|| "0.0.0.0:3000".into()),
            music: self.music,
            music_roots: self.music_root,
            said: Said { guests: self.guests.is_some(), guest_max_volume: self.guest_max_volume.is_some() },
            web_dir: self.web_dir,
            rescan: Some(self.rescan_minutes.unwrap_or(30)).filter(|m| *m > 0).map(|m| Duration::from_secs(60 * m)),
            leave_out,
            separators,
            ffmpeg: Some(self.ffmpeg.unwrap_or_else(|| "ffmpeg".into())).filter(|path| path.as_os_str() != "off"),
            convert_cache_bytes: self.convert_cache_gb.unwrap_or(20) << 30,
            convert_cores: self.convert_cores.unwrap_or(1),
            allow_delete: self.allow_delete,
            allow_host: self.allow_host,
            access,
            tls_files: self.tls_cert.zip(self.tls_key).map(|(certificate, key)| PairFiles { certificate, key }),
            keep_edits_days: self.keep_edits_days.unwrap_or(30),
            data: self.data.or(data).unwrap_or_else(|| PathBuf::from("downbeat-data")),
            ping_interval: ms(self.ping_interval_ms, 5_000),
            ping_timeout: ms(self.ping_timeout_ms, 15_000),
            max_drift: Duration::from_secs_f64(self.max_drift_seconds.unwrap_or(0.005)),
            position_check: ms(self.position_check_ms, 5_000),
            ready_deadline: ms(self.ready_deadline_ms, 2_000),
            history: HistoryLimits {
                days: self.history_days.unwrap_or(kept.days),
                stretches: self.history_rows.unwrap_or(kept.stretches),
            },
            connections: self.max_connections,
            connections_per_address: self.connections_per_address.unwrap_or(PER_ADDRESS),
            proxy_address: self.proxy_address,
            patience: Duration::from_secs(30),
            max_speakers: self.max_speakers.unwrap_or(25_000),
            max_zones: self.max_zones.unwrap_or(256),
            legacy_speakers: self.legacy_speakers.unwrap_or_default(),
            adopt_all_for: self.adopt_all_for.map(|Span(time)| time),
            metrics: self.metrics.unwrap_or_default(),
            log: self.log.unwrap_or_else(|| "info".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use downbeat_trust::admission::Plain;

    use super::*;

    fn load(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        let arguments = std::iter::once("downbeat-server").chain(arguments.iter().copied()).map(OsString::from);
        Config::load(arguments, |name| variables.get(name).map(OsString::from))
    }

    #[test]
    fn flags_win_over_the_environment_over_the_file_over_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "listen = \"file:1\"\nmusic = \"/file\"\nlog = \"file\"\nping_interval_ms = 1000\n")
            .unwrap();
        let file = file.to_str().unwrap();
        let variables = [("DOWNBEAT_LISTEN", "env:2"), ("DOWNBEAT_MUSIC", "/env1:/env2"), ("DOWNBEAT_CONFIG", file)];
        let config = load(&["--listen", "flag:3"], &variables).unwrap();
        assert_eq!(config.listen, "flag:3");
        assert_eq!(config.music, [PathBuf::from("/env1"), PathBuf::from("/env2")]);
        assert_eq!((config.log.as_str(), config.ping_interval), ("file", Duration::from_secs(1)));
        assert_eq!((config.max_drift, config.position_check), (Duration::from_millis(5), Duration::from_secs(5)));
        assert_eq!(config.rescan, Some(Duration::from_mins(30)));
        assert_eq!(load(&["--music", "/m", "--rescan-minutes", "0"], &[]).unwrap().rescan, None);
        let converts = |arguments: &[&str]| {
            let config = load(arguments, &[("DOWNBEAT_CONVERT_CORES", "2")]).unwrap();
            (config.ffmpeg, config.convert_cache_bytes, config.convert_cores)
        };
        assert_eq!(converts(&["--music", "/m"]), (Some("ffmpeg".into()), 20 << 30, 2));
        let flags = ["--music", "/m", "--ffmpeg", "off", "--convert-cache-gb", "3", "--convert-cores", "4"];
        assert_eq!(converts(&flags), (None, 3 << 30, 4));
        let variables = [("DOWNBEAT_LEAVE_OUT", "Podcasts, !@eaDir"), ("DOWNBEAT_SPLIT_ARTISTS", "; ,")];
        let config_of = |arguments: &[&str]| load(arguments, &variables).unwrap();
        let set = config_of(&["--music", "/m"]);
        assert_eq!(set.leave_out, LeaveOut::new(&["Podcasts", "!@eaDir"]).unwrap());
        let signs = |signs: &[&str]| signs.iter().map(|sign| (*sign).to_owned()).collect::<Vec<_>>();
        assert_eq!(set.separators, Separators::new(Some(&signs(&[";", ","])), None).unwrap());
        let flags = ["--music", "/m", "--leave-out", "X", "--split-artists", "none", "--split-genres", "/"];
        let set = config_of(&flags);
        assert_eq!(set.leave_out, LeaveOut::new(&["X"]).unwrap());
        assert_eq!(set.separators, Separators::new(None, Some(&signs(&["/"]))).unwrap());
        let kept = |arguments: &[&str]| load(arguments, &[("DOWNBEAT_KEEP_EDITS_DAYS", "5")]).unwrap().keep_edits_days;
        assert_eq!((kept(&["--music", "/m"]), kept(&["--music", "/m", "--keep-edits-days", "0"])), (5, 0));
        assert_eq!(config.keep_edits_days, 30);
    }

    #[test]
    fn the_variables_of_the_earlier_system_count() {
        let variables = [
            ("WS_PING_INTERVAL", "2000"),
            ("WS_PING_TIMEOUT", "7000"),
            ("MAX_DRIFT_SECONDS", "0.1"),
            ("POSITION_CHECK_INTERVAL", "10000"),
        ];
        let config = load(&["--music", "/m"], &variables).unwrap();
        assert_eq!((config.ping_interval, config.ping_timeout), (Duration::from_secs(2), Duration::from_secs(7)));
        assert_eq!((config.max_drift, config.position_check), (Duration::from_millis(100), Duration::from_secs(10)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "listne = \"x\"\n").unwrap();
        let error =
            |arguments: &[&str], variables: &[(&str, &str)]| load(arguments, variables).unwrap_err().to_string();
        assert!(error(&["--config", file.to_str().unwrap()], &[]).contains("listne"));
        assert!(error(&["--config", "/nowhere/x.toml"], &[]).contains("/nowhere/x.toml"));
        assert!(error(&[], &[("WS_PING_INTERVAL", "soon")]).contains("WS_PING_INTERVAL"));
        assert_eq!(load(&[], &[]).unwrap().music, Vec::<PathBuf>::new(), "the page asks for it then");
        let roots = |flags: &[&str]| load(flags, &[("DOWNBEAT_MUSIC_ROOT", "/a:/b")]).unwrap().music_roots;
        assert_eq!((roots(&[]), roots(&["--music-root", "/c"])), (vec!["/a".into(), "/b".into()], vec!["/c".into()]));
        let said = |flags: &[&str]| load(flags, &[]).unwrap().said;
        assert_eq!(said(&[]), Said::default());
        assert_eq!(said(&["--guests", "control"]), Said { guests: true, guest_max_volume: false });
        assert!(error(&["--music", "/m", "--ping-interval-ms", "20000"], &[]).contains("ping_timeout_ms"));
        assert!(error(&["--music", "/m", "--max-drift-seconds=-1"], &[]).contains("max_drift_seconds"));
        assert!(error(&["--music", "/m", "--keep-edits-days", "9999"], &[]).contains("keep_edits_days"));
        assert!(error(&["--music", "/m", "--convert-cache-gb", "0"], &[]).contains("convert_cache_gb"));
        assert!(error(&["--music", "/m", "--leave-out", "a/b"], &[]).contains("leave_out"));
        assert!(error(&["--music", "/m", "--split-genres", " "], &[]).contains("split_genres"));
        assert!(error(&["--music", "/m", "--convert-cores", "0"], &[]).contains("convert_cores"));
        assert!(error(&["--liste", "x"], &[]).contains("--liste"));
        assert!(error(&["--music", "/m", "--allow-host", "http://a:3000"], &[]).contains("without http://"));
        assert!(error(&["--music", "/m", "--tls-cert", "/c"], &[]).contains("tls_key"));
    }

    #[test]
    fn speakers_without_encryption_end_and_adopting_all_is_short() {
        let usual = load(&["--music", "/m"], &[]).unwrap();
        assert_eq!((usual.legacy_speakers, usual.adopt_all_for), (LegacySpeakers::Usual, None));
        let variables = [("DOWNBEAT_LEGACY_SPEAKERS", "none"), ("DOWNBEAT_ADOPT_ALL_FOR", "90m")];
        let set = load(&["--music", "/m"], &variables).unwrap();
        assert_eq!((set.legacy_speakers, set.adopt_all_for), (LegacySpeakers::None, Some(Duration::from_mins(90))));
        let flags = ["--music", "/m", "--legacy-speakers", "until=never", "--adopt-all-for", "24h"];
        let set = load(&flags, &variables).unwrap();
        assert_eq!((set.legacy_speakers, set.adopt_all_for), (LegacySpeakers::Forever, Some(Duration::from_hours(24))));
        for wrong in ["", "0m", "25h", "30", "30s", "-1h", "99999999999999999999h"] {
            let flags = ["--music".to_owned(), "/m".to_owned(), format!("--adopt-all-for={wrong}")];
            let flags: Vec<_> = flags.iter().map(String::as_str).collect();
            assert!(load(&flags, &[]).unwrap_err().to_string().contains("a day at most"), "{wrong}");
        }
        let error = load(&["--music", "/m"], &[("DOWNBEAT_LEGACY_SPEAKERS", "never")]).unwrap_err().to_string();
        assert!(error.contains("until=never"), "{error}");
    }

    #[test]
    fn names_are_allowed_by_flag_variable_and_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "music = \"/m\"\nallow_host = \"music.example\"\n").unwrap();
        let names = |arguments: &[&str], variables: &[(&str, &str)]| load(arguments, variables).unwrap().allow_host;
        assert_eq!(names(&["--config", file.to_str().unwrap()], &[]), ["music.example"]);
        let flags = ["--music", "/m", "--allow-host", "a.example", "--allow-host", "b.example"];
        assert_eq!(names(&flags, &[("DOWNBEAT_ALLOW_HOST", "c.example")]), ["a.example", "b.example"]);
        assert_eq!(names(&["--music", "/m"], &[("DOWNBEAT_ALLOW_HOST", "c.example, d.example")]).len(), 2);
    }

    #[test]
    fn bounds_are_settings_and_a_proxy_is_an_address() {
        let config = load(&["--music", "/m"], &[("DOWNBEAT_PROXY_ADDRESS", "10.0.0.1, fd00::1")]).unwrap();
        assert_eq!(config.proxy_address, ["10.0.0.1", "fd00::1"].map(|a| a.parse::<IpAddr>().unwrap()));
        assert_eq!((config.connections, config.connections_per_address), (None, PER_ADDRESS));
        assert_eq!((config.max_speakers, config.max_zones), (25_000, 256));
        let flags = ["--music", "/m", "--max-connections", "99", "--connections-per-address", "20"];
        let config = load(&flags, &[("DOWNBEAT_MAX_CONNECTIONS", "50")]).unwrap();
        assert_eq!((config.connections, config.connections_per_address), (Some(99), 20));
        let error = |flags: &[&str], variables: &[(&str, &str)]| load(flags, variables).unwrap_err().to_string();
        assert!(error(&["--music", "/m", "--max-zones", "1"], &[]).contains("max_zones is 1"));
        assert!(error(&["--music", "/m"], &[("DOWNBEAT_PROXY_ADDRESS", "proxy")]).contains("DOWNBEAT_PROXY_ADDRESS"));
    }

    #[test]
    fn metrics_are_off_or_of_zones_or_of_speakers() {
        let metrics = |flags: &[&str], variables: &[(&str, &str)]| {
            load(&[&["--music", "/m"], flags].concat(), variables).map(|config| config.metrics)
        };
        assert_eq!(metrics(&[], &[]).unwrap(), Detail::Speakers);
        assert_eq!(metrics(&[], &[("DOWNBEAT_METRICS", "off")]).unwrap(), Detail::Off);
        assert_eq!(metrics(&["--metrics", "zones"], &[("DOWNBEAT_METRICS", "off")]).unwrap(), Detail::Zones);
        let wrong = metrics(&[], &[("DOWNBEAT_METRICS", "all")]).unwrap_err().to_string();
        assert!(wrong.contains("off, zones or speakers"), "{wrong}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "metrics = \"zones\"\n").unwrap();
        assert_eq!(metrics(&["--config", file.to_str().unwrap()], &[]).unwrap(), Detail::Zones);
    }

    #[test]
    fn access_is_set_by_words() {
        let flags = ["--music", "/m", "--plain", "listen", "--behind-proxy", "10.0.0.1", "--behind-proxy", "fd00::/8"];
        let config = load(&flags, &[("DOWNBEAT_PLAIN", "all"), ("DOWNBEAT_GUESTS", "none")]).unwrap();
        assert_eq!((config.access.policy.plain, config.access.policy.guests), (Plain::Listen, None));
        assert_eq!(config.access.proxies.len(), 2);
        assert_eq!(load(&["--music", "/m"], &[]).unwrap().access, AccessSettings::default());
        let error = load(&["--music", "/m", "--guests", "everybody"], &[]).unwrap_err().to_string();
        assert!(error.contains("guests is \"everybody\""), "{error}");
    }

    #[test]
    fn a_certificate_of_somebody_else_is_two_files() {
        let files = |name: &str| PairFiles { certificate: format!("/{name}").into(), key: "/k".into() };
        let flags = ["--music", "/m", "--tls-cert", "/a", "--tls-key", "/k"];
        let variables = [("DOWNBEAT_TLS_CERT", "/b"), ("DOWNBEAT_TLS_KEY", "/k")];
        assert_eq!(load(&flags, &variables).unwrap().tls_files, Some(files("a")));
        assert_eq!(load(&["--music", "/m"], &variables).unwrap().tls_files, Some(files("b")));
        assert_eq!(load(&["--music", "/m"], &[]).unwrap().tls_files, None);
    }

    #[test]
    fn the_data_folder_is_the_services_or_the_users() {
        let data = |variables: &[(&str, &str)]| load(&["--music", "/m"], variables).unwrap().data;
        assert_eq!(data(&[("STATE_DIRECTORY", "/var/lib/d"), ("HOME", "/h")]), PathBuf::from("/var/lib/d"));
        assert_eq!(data(&[("HOME", "/h")]), PathBuf::from("/h/.local/share/downbeat-server"));
        assert_eq!(data(&[("DOWNBEAT_DATA", "/d"), ("HOME", "/h")]), PathBuf::from("/d"));
    }
}
