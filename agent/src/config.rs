//! The settings that a person can make, and their sources: a flag wins over the environment (`DOWNBEAT_*`), that over
//! the boot partition of an SD card (`--boot-file`), that over the file (`--config`), that over the default. An error is
//! told with an example of a right value.

mod boot_file;
mod channel_map;
mod name;
mod output_spec;
mod size;

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::BoolishValueParser};
use downbeat_identity::{JoinToken, JoinTokenError};
use downbeat_protocol::server_message::MAX_OUTPUT_DELAY_US;
use serde::Deserialize;

use boot_file::BootFile;
pub use channel_map::{ChannelMap, MAX_CHANNELS, Source};
use name::{MAX_NAME, name};
pub use output_spec::{AlsaSpec, OutputSpec, OutputSpecError, VirtualSpec};
pub use size::{Size, SizeError};

use crate::{
    coordinator::ServerAddress,
    media::{CacheSettings, FetchSettings, KeepFree, KeepFreeError},
};

/// The default of `--log`.
const DEFAULT_LOG: &str = "info";
/// The file of the service.
const USUAL_FILE: &str = "/etc/downbeat/agent.toml";

/// All settings, complete and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The coordinator's address; `None`: the one that a join token named, or the one that is found in the network.
    pub server: Option<ServerAddress>,
    /// Go on in clear where the coordinator does not encrypt.
    pub allow_unencrypted: bool,
    /// The speaker's name until a person gives it another at the coordinator.
    pub name: String,
    /// The output for the sound.
    pub output: OutputSpec,
    /// The folder for the speaker's id, its drift file and its cache.
    pub data: PathBuf,
    /// The zone to join at the first appearance, by name.
    pub zone: Option<String>,
    /// The delay of all that lies behind the sound card, microseconds, signed; `None`: as the coordinator says.
    pub output_delay_us: Option<i64>,
    /// The bounds of the cache.
    pub cache: CacheSettings,
    /// How files are fetched.
    pub fetch: FetchSettings,
    /// The token of the boot file, by which one that belongs to nobody joins at its start.
    pub token: Option<JoinToken>,
    /// Why the boot file counts for nothing.
    pub boot_file_fault: Option<String>,
    /// The filter of the log, as `tracing` has it.
    pub log: String,
}

/// What is asked of an examination, beside the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// For programs.
    pub json: bool,
    /// The file for a bundle of diagnostics.
    pub bundle: Option<PathBuf>,
    /// The files that the settings come from.
    pub files: Vec<PathBuf>,
}

/// The command line's request.
#[derive(Debug, Clone)]
pub enum Invocation {
    /// Print the outputs of this machine and end.
    ListOutputs,
    /// Say what is wrong with this machine, and end.
    Doctor {
        /// The settings, or why there are none.
        config: Result<Box<Config>, String>,
        /// What is asked beside that.
        asked: Asked,
    },
    /// Be a speaker.
    Run(Box<Config>),
    /// Join a coordinator by this token, and end.
    Join(Box<Config>, Box<JoinToken>),
    /// Say what is known of the coordinator in this data folder, and end.
    Status(PathBuf),
    /// Belong to nobody any more, in this data folder, and end.
    Forget(PathBuf),
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The command line or the environment: help, version, or a fault. Has its own words and exit code.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is no TOML, has an unknown key, or a value of another type.
    #[error("the configuration {path} is wrong: {detail}")]
    File {
        /// The file.
        path: PathBuf,
        /// The place of the fault, and the fault.
        detail: String,
    },
    /// A value in the file makes no sense.
    #[error("the configuration {path} is wrong: {key}: {detail}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key in it.
        key: &'static str,
        /// The value that is wanted.
        detail: String,
    },
    /// No join token.
    #[error(transparent)]
    Join(#[from] JoinTokenError),
    /// Standard input cannot be read.
    #[error("the join token cannot be read from standard input: {0}")]
    Input(std::io::Error),
    /// There is no place for data.
    #[error(
        "no folder for data: neither STATE_DIRECTORY nor HOME is set; say --data DIR, e.g. --data \
         /var/lib/downbeat-agent"
    )]
    NoData,
}

/// A Downbeat speaker: plays what its coordinator says, in step with all others.
#[derive(Debug, Parser)]
#[command(name = "downbeat-agent", version, about, long_about = None)]
struct Flags {
    /// The coordinator, HOST:PORT; without a port 3000, or 80 behind a proxy; a proxy's path may follow [default: the
    /// one that a join token named, or the one in this network]
    #[arg(long, global = true, value_name = "URL", env = "DOWNBEAT_SERVER")]
    server: Option<ServerAddress>,
    /// The speaker's name [default: the host's name]
    #[arg(long, global = true, env = "DOWNBEAT_NAME", value_parser = name)]
    name: Option<String>,
    /// default, alsa:NAME[?channels=--LR], virtual[:ppm=..,jitter_us=..,wav=FILE,rate=48000,gran=..,xrun_every_s=..]
    /// or a device's name [default: default]
    #[arg(long, global = true, env = "DOWNBEAT_OUTPUT")]
    output: Option<OutputSpec>,
    /// The folder of the speaker's id and its cache [default: $STATE_DIRECTORY, or downbeat-agent in the user's data
    /// folder]
    #[arg(long, global = true, value_name = "DIR", env = "DOWNBEAT_DATA")]
    data: Option<PathBuf>,
    /// The zone to join at the first appearance; later it is moved at the coordinator [default: all]
    #[arg(long, global = true, value_name = "NAME", env = "DOWNBEAT_ZONE", value_parser = name)]
    zone: Option<String>,
    /// The delay behind the sound card (amplifier, DSP, air), microseconds, for the first appearance
    #[arg(
        long,
        global = true,
        value_name = "N",
        env = "DOWNBEAT_OUTPUT_DELAY_US",
        value_parser = delay,
        allow_hyphen_values = true
    )]
    output_delay_us: Option<i64>,
    /// The bound of the cache [default: 2GiB]
    #[arg(long, global = true, value_name = "SIZE", env = "DOWNBEAT_CACHE_LIMIT")]
    cache_limit: Option<Size>,
    /// The part of the disk that the cache leaves free, whatever its limit says: a size, or a share as 10%. On a disk
    /// with less, the cache has 64 MB, or half of what is free if that is less, and files larger than that come in as
    /// they play [default: 5%, at least 256MB]
    #[arg(long, global = true, value_name = "SIZE|PERCENT", env = "DOWNBEAT_KEEP_FREE")]
    keep_free: Option<KeepFree>,
    /// The speed, a second, of transfers that nobody waits for; 0: no limit [default: 2MB]
    #[arg(long, global = true, value_name = "SIZE", env = "DOWNBEAT_FETCH_PACE")]
    fetch_pace: Option<Size>,
    /// How far ahead of what is decoded a file comes in at full speed [default: 2MiB]
    #[arg(long, global = true, value_name = "SIZE", env = "DOWNBEAT_FETCH_LEAD")]
    fetch_lead: Option<Size>,
    /// Go on without encryption where the coordinator has none: for a network that you trust
    #[arg(long, global = true, env = "DOWNBEAT_ALLOW_UNENCRYPTED", value_parser = BoolishValueParser::new())]
    allow_unencrypted: bool,
    /// Print the outputs of this machine and end
    #[arg(long, global = true)]
    list_outputs: bool,
    /// A TOML file with the same settings: server = "ws://..", output_delay_us = 500, ...
    #[arg(long, global = true, value_name = "FILE", env = "DOWNBEAT_CONFIG")]
    config: Option<PathBuf>,
    /// A TOML file with name, zone, server and token, written with an SD card; it wins over --config [default:
    /// downbeat.toml in /boot/firmware or /boot]
    #[arg(long, global = true, value_name = "FILE", env = "DOWNBEAT_BOOT_FILE")]
    boot_file: Option<PathBuf>,
    /// error, warn, info, debug, trace, or a filter as downbeat_agent=debug [default: info]
    #[arg(long, global = true, value_name = "LEVEL", env = "DOWNBEAT_LOG")]
    log: Option<String>,
    /// Without one, it is a speaker.
    #[command(subcommand)]
    command: Option<Command>,
}

/// The commands in place of playing.
#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is wrong with this machine as a speaker, and what to do about it; exit code 1 if something is broken
    ///
    /// Without --config it reads /etc/downbeat/agent.toml, if there is one.
    Doctor {
        /// Print JSON instead of sentences
        #[arg(long)]
        json: bool,
        /// Also write a bundle for whoever helps: the findings, the settings, the last lines of the log, the versions,
        /// without secrets
        #[arg(long, value_name = "FILE.tar.gz")]
        bundle: Option<PathBuf>,
    },
    /// Join a coordinator by a token that `downbeat tokens create --join` made, and end; then start the speaker
    Join {
        /// The token; - reads it from standard input
        token: String,
    },
    /// Say which coordinator this speaker belongs to; until it is adopted, the code that `downbeat adopt` takes
    Status,
    /// Belong to nobody any more: the next coordinator that adopts it owns it. Stop the speaker first
    Forget,
}

/// The same in the file. Texts, so that a wrong one is told by its key.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: Option<String>,
    name: Option<String>,
    output: Option<String>,
    data: Option<PathBuf>,
    zone: Option<String>,
    #[serde(alias = "output-delay-us")]
    output_delay_us: Option<i64>,
    #[serde(alias = "cache-limit")]
    cache_limit: Option<SizeText>,
    #[serde(alias = "keep-free")]
    keep_free: Option<SizeText>,
    #[serde(alias = "fetch-pace")]
    fetch_pace: Option<SizeText>,
    #[serde(alias = "fetch-lead")]
    fetch_lead: Option<SizeText>,
    #[serde(alias = "allow-unencrypted")]
    allow_unencrypted: Option<bool>,
    log: Option<String>,
}

/// `"2GiB"` or a number of bytes.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a size, e.g. \"2GiB\" or a number of bytes")]
enum SizeText {
    Bytes(u64),
    Text(String),
}

/// The parts of the process's surroundings that matter, so that tests can have their own.
#[derive(Debug, Clone, Default)]
struct Surroundings {
    state_directory: Option<OsString>,
    xdg_data_home: Option<OsString>,
    home: Option<OsString>,
    hostname: Option<String>,
    boot_files: Vec<PathBuf>,
}

impl Invocation {
    /// From the command line and the environment of this process.
    pub fn from_process() -> Result<Self, ConfigError> {
        let surroundings = Surroundings {
            state_directory: env::var_os("STATE_DIRECTORY"),
            xdg_data_home: env::var_os("XDG_DATA_HOME"),
            home: env::var_os("HOME"),
            hostname: fs::read_to_string("/proc/sys/kernel/hostname").ok(),
            boot_files: boot_file::USUAL.map(PathBuf::from).to_vec(),
        };
        Self::from_args(env::args_os(), &surroundings)
    }

    fn from_args<I, T>(args: I, surroundings: &Surroundings) -> Result<Self, ConfigError>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let mut flags = Flags::from_arg_matches(&Flags::command().try_get_matches_from(args)?)?;
        if flags.list_outputs {
            return Ok(Self::ListOutputs);
        }
        let command = flags.command.take();
        if let Some(Command::Doctor { json, bundle }) = command {
            let usual = Path::new(USUAL_FILE);
            let config = flags.config.clone().or_else(|| usual.exists().then(|| usual.into()));
            let boot = flags.boot_file.clone().map_or_else(|| surroundings.boot_files.clone(), |file| vec![file]);
            let files = config.clone().into_iter().chain(boot).collect();
            let config = complete(Flags { config, ..flags }, surroundings).map(Box::new).map_err(|e| e.to_string());
            return Ok(Self::Doctor { config, asked: Asked { json, bundle, files } });
        }
        let config = Box::new(complete(flags, surroundings)?);
        Ok(match command {
            None | Some(Command::Doctor { .. }) => Self::Run(config),
            Some(Command::Status) => Self::Status(config.data),
            Some(Command::Forget) => Self::Forget(config.data),
            Some(Command::Join { token }) => {
                let text =
                    if token == "-" { io::read_to_string(io::stdin()).map_err(ConfigError::Input)? } else { token };
                Self::Join(config, Box::new(text.parse()?))
            }
        })
    }
}

/// The settings, with those of the file that the flags name.
fn complete(flags: Flags, surroundings: &Surroundings) -> Result<Config, ConfigError> {
    let file = flags.config.as_deref().map(File::read).transpose()?.unwrap_or_default();
    merge(flags, file, surroundings)
}

/// What can be typed, for manuals.
pub fn command() -> clap::Command {
    Flags::command()
}

fn merge(flags: Flags, file: File, surroundings: &Surroundings) -> Result<Config, ConfigError> {
    let path = flags.config.unwrap_or_default();
    let wrong = |key| {
        let path = path.clone();
        move |detail: String| ConfigError::Value { path, key, detail }
    };
    let server = file.server.map(|s| s.parse().map_err(|e: crate::coordinator::AddressError| e.to_string()));
    let server = server.transpose().map_err(wrong("server"))?;
    let output = file.output.map(|s| s.parse().map_err(|e: OutputSpecError| e.to_string()));
    let output = output.transpose().map_err(wrong("output"))?;
    let file_name = file.name.map(|s| name(&s)).transpose().map_err(wrong("name"))?;
    let zone = file.zone.map(|s| name(&s)).transpose().map_err(wrong("zone"))?;
    let output_delay_us = file.output_delay_us.map(check_delay).transpose().map_err(wrong("output_delay_us"))?;
    let cache_limit = file.cache_limit.map(SizeText::size).transpose().map_err(wrong("cache_limit"))?;
    let keep_free = file.keep_free.map(SizeText::keep_free).transpose().map_err(wrong("keep_free"))?;
    let fetch_pace = file.fetch_pace.map(SizeText::size).transpose().map_err(wrong("fetch_pace"))?;
    let fetch_lead = file.fetch_lead.map(SizeText::size).transpose().map_err(wrong("fetch_lead"))?;
    let (boot, boot_file_fault) = match boot_file::read(flags.boot_file.as_deref(), &surroundings.boot_files) {
        Ok(boot) => (boot, None),
        Err(why) => (BootFile::default(), Some(why)),
    };
    let (usual, usual_cache) = (FetchSettings::default(), CacheSettings::default());
    Ok(Config {
        server: flags.server.or(boot.server).or(server),
        allow_unencrypted: flags.allow_unencrypted || file.allow_unencrypted.unwrap_or(false),
        name: flags.name.or(boot.name).or(file_name).unwrap_or_else(|| surroundings.host_name()),
        output: flags.output.or(output).unwrap_or_default(),
        data: flags.data.or(file.data).or_else(|| surroundings.data()).ok_or(ConfigError::NoData)?,
        zone: flags.zone.or(boot.zone).or(zone),
        output_delay_us: flags.output_delay_us.or(output_delay_us),
        cache: CacheSettings {
            limit: flags.cache_limit.or(cache_limit).map_or(usual_cache.limit, Size::bytes),
            keep_free: flags.keep_free.or(keep_free).unwrap_or(usual_cache.keep_free),
        },
        fetch: FetchSettings {
            pace_bytes_per_second: flags.fetch_pace.or(fetch_pace).map_or(usual.pace_bytes_per_second, Size::bytes),
            lead_bytes: flags.fetch_lead.or(fetch_lead).map_or(usual.lead_bytes, Size::bytes),
            ..usual
        },
        token: boot.token,
        boot_file_fault,
        log: flags.log.or(file.log).unwrap_or_else(|| DEFAULT_LOG.into()),
    })
}

impl File {
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.into(), error })?;
        toml::from_str(&text).map_err(|e| ConfigError::File { path: path.into(), detail: e.to_string() })
    }
}

impl SizeText {
    fn size(self) -> Result<Size, String> {
        match self {
            Self::Bytes(bytes) => Ok(Size(bytes)),
            Self::Text(text) => text.parse().map_err(|e: SizeError| e.to_string()),
        }
    }

    fn keep_free(self) -> Result<KeepFree, String> {
        match self {
            Self::Bytes(bytes) => Ok(KeepFree::Bytes(bytes)),
            Self::Text(text) => text.parse().map_err(|e: KeepFreeError| e.to_string()),
        }
    }
}

impl Surroundings {
    fn host_name(&self) -> String {
        let name = self.hostname.as_deref().unwrap_or_default().trim();
        if name.is_empty() { "speaker".into() } else { name.chars().take(MAX_NAME).collect() }
    }

    fn data(&self) -> Option<PathBuf> {
        let set = |v: &Option<OsString>| v.clone().filter(|v| !v.is_empty());
        // systemd names all state directories of a unit, with colons between; the first is the main one.
        let state = set(&self.state_directory).and_then(|v| env::split_paths(&v).next());
        state
            .or_else(|| set(&self.xdg_data_home).map(|v| PathBuf::from(v).join("downbeat-agent")))
            .or_else(|| set(&self.home).map(|v| PathBuf::from(v).join(".local/share/downbeat-agent")))
    }
}

fn delay(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| delay_wanted()).and_then(check_delay)
}

fn check_delay(us: i64) -> Result<i64, String> {
    if us.abs() <= MAX_OUTPUT_DELAY_US { Ok(us) } else { Err(delay_wanted()) }
}

fn delay_wanted() -> String {
    format!("whole microseconds from -{MAX_OUTPUT_DELAY_US} to {MAX_OUTPUT_DELAY_US} are wanted, e.g. 1500")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Surroundings {
        Surroundings { home: Some("/home/me".into()), hostname: Some("pi4\n".into()), ..Surroundings::default() }
    }

    fn parse(args: &[&str]) -> Result<Config, ConfigError> {
        let args = std::iter::once("downbeat-agent").chain(args.iter().copied());
        match Invocation::from_args(args, &home())? {
            Invocation::Run(config) => Ok(*config),
            other => panic!("{other:?} was not asked for"),
        }
    }

    /// The configuration by a file of this content and these further flags.
    fn by_file(content: &str, flags: &[&str]) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        fs::write(&path, content).unwrap();
        parse(&[&["--config", path.to_str().unwrap()], flags].concat())
    }

    const FILE: &str = r#"
        server = "ws://file:1"
        name = "from the file"
        output = "virtual:ppm=20"
        data = "/file"
        zone = "hall"
        output_delay_us = -500
        cache_limit = "1GiB"
        keep_free = "10%"
        fetch-pace = 0
        log = "debug"
    "#;

    #[test]
    fn defaults() {
        let c = parse(&["--server", "pi"]).unwrap();
        assert_eq!(c.server.unwrap().websocket_url(), "ws://pi:3000/ws");
        assert_eq!((parse(&[]).unwrap().server, c.allow_unencrypted), (None, false), "it is looked for");
        assert_eq!((c.name.as_str(), c.log.as_str(), c.zone, c.output_delay_us), ("pi4", "info", None, None));
        assert_eq!(
            (c.output, c.cache, c.fetch),
            (OutputSpec::Default, CacheSettings::default(), FetchSettings::default())
        );
        assert_eq!(c.data, Path::new("/home/me/.local/share/downbeat-agent"));
    }

    #[test]
    fn the_file_says_all_and_a_flag_wins() {
        let c = by_file(FILE, &[]).unwrap();
        assert_eq!((c.name.as_str(), c.zone.as_deref(), c.log.as_str()), ("from the file", Some("hall"), "debug"));
        assert_eq!((c.output_delay_us, c.cache.limit, c.fetch.pace_bytes_per_second), (Some(-500), 1 << 30, 0));
        assert_eq!(c.cache.keep_free, KeepFree::Percent(10.0));
        assert_eq!((c.server.unwrap().port, c.data.as_path()), (1, Path::new("/file")));
        assert!(matches!(c.output, OutputSpec::Virtual(_)));
        let flags = ["--server", "ws://flag:2", "--name", "me", "--output-delay-us", "-7", "--cache-limit", "5MB"];
        let c = by_file(FILE, &[&flags[..], &["--keep-free", "1GB"]].concat()).unwrap();
        assert_eq!((c.server.unwrap().host.as_str(), c.name.as_str()), ("flag", "me"));
        assert_eq!((c.output_delay_us, c.cache.limit), (Some(-7), 5_000_000));
        assert_eq!(c.cache.keep_free, KeepFree::Bytes(1_000_000_000));
        assert_eq!(c.zone.as_deref(), Some("hall"));
    }

    #[test]
    fn what_was_written_with_the_card_wins_over_the_file_and_a_flag_over_it() {
        let dir = tempfile::tempdir().unwrap();
        let (boot, file) = (dir.path().join("downbeat.toml"), dir.path().join("agent.toml"));
        fs::write(&file, FILE).unwrap();
        fs::write(&boot, "name = \"Card\"\nserver = \"card:4\"").unwrap();
        let [boot, file] = [&boot, &file].map(|path| path.to_str().unwrap());
        let c = parse(&["--config", file, "--boot-file", boot]).unwrap();
        assert_eq!((c.name.as_str(), c.zone.as_deref()), ("Card", Some("hall")));
        assert_eq!((c.server.unwrap().host.as_str(), c.boot_file_fault), ("card", None));
        assert_eq!(parse(&["--boot-file", boot, "--name", "Flag"]).unwrap().name, "Flag");
        let c = parse(&["--config", file, "--boot-file", file]).unwrap();
        assert_eq!(c.name, "from the file", "a speaker with a wrong card is a speaker");
        let why = c.boot_file_fault.unwrap_or_default();
        assert!(why.contains("agent.toml is wrong: line "), "{why}");
    }

    #[test]
    fn every_flag_has_its_variable() {
        for argument in Flags::command().get_arguments().filter(|a| !matches!(a.get_id().as_str(), "list_outputs")) {
            let wanted = format!("DOWNBEAT_{}", argument.get_id().as_str().to_uppercase());
            assert_eq!(argument.get_env().and_then(|e| e.to_str()), Some(wanted.as_str()));
        }
        Flags::command().debug_assert();
    }

    #[test]
    fn what_is_wrong_is_said_with_an_example() {
        let said = |result: Result<Config, ConfigError>| result.unwrap_err().to_string();
        assert!(said(parse(&["join", "music.local:3000"])).contains("downbeat tokens create --join"));
        assert!(said(parse(&["--server", "pi", "--output-delay-us", "soon"])).contains("e.g. 1500"));
        assert!(said(parse(&["--server", "pi", "--cache-limit", "much"])).contains("e.g. 2GiB"));
        assert!(said(parse(&["--server", "pi", "--keep-free", "some"])).contains("e.g. 1GiB or 10%"));
        assert!(said(by_file("server = \"pi\"\nkeep_free = \"200%\"", &[])).contains("keep_free"));
        assert!(said(parse(&["--server", "pi", "--name", ""])).contains("e.g. kitchen"));
        assert!(said(parse(&["--server", "pi", "--output", "virtual:speed=1"])).contains("speed"));
        assert!(said(parse(&["--config", "/nowhere/agent.toml"])).contains("/nowhere/agent.toml"));

        let text = said(by_file("server = \"pi\"\nvolume = 3", &[]));
        assert!(text.contains("volume") && text.contains("agent.toml"), "{text}");
        let text = said(by_file("server = \"ftp://pi\"", &[]));
        assert!(text.contains("server: ") && text.contains("must be ws"), "{text}");
        let text = said(by_file("server = \"pi\"\ncache_limit = -3", &[]));
        assert!(text.contains("cache_limit") && text.contains("2GiB"), "{text}");
        let text = said(by_file("server = \"pi\"\noutput_delay_us = 99999999", &[]));
        assert!(text.contains("output_delay_us") && text.contains("e.g. 1500"), "{text}");
        assert!(said(by_file("server = ", &[])).contains("agent.toml"));
    }

    #[test]
    fn outputs_are_listed_without_a_coordinator() {
        let asked = Invocation::from_args(["downbeat-agent", "--list-outputs"], &home()).unwrap();
        assert!(matches!(asked, Invocation::ListOutputs));
    }

    #[test]
    fn commands_take_the_speakers_settings_before_and_after() {
        let token = JoinToken::new(
            "music.local:3000",
            downbeat_identity::Fingerprint::of_public_key(b"ca"),
            downbeat_identity::Secret::generate().unwrap(),
        );
        let token = token.unwrap().reveal();
        let asked = |args: &[&str]| Invocation::from_args([&["downbeat-agent"], args].concat(), &home()).unwrap();
        for args in [["--data", "/d", "join", &token], ["join", &token, "--data", "/d"]] {
            let Invocation::Join(config, token) = asked(&args) else { panic!("{args:?}") };
            assert_eq!((config.data.as_path(), token.address.as_str()), (Path::new("/d"), "music.local:3000"));
        }
        assert!(matches!(asked(&["forget", "--data", "/d"]), Invocation::Forget(data) if data == Path::new("/d")));
        assert!(matches!(asked(&["status"]), Invocation::Status(_)));
    }

    #[test]
    fn a_doctor_is_asked_with_settings_that_may_be_wrong() {
        let ask = |args: &[&str]| Invocation::from_args([&["downbeat-agent"], args].concat(), &home()).unwrap();
        let Invocation::Doctor { config: Ok(config), asked } = ask(&["--server", "pi", "doctor", "--bundle", "b"])
        else {
            panic!("no doctor")
        };
        assert_eq!((asked.json, asked.bundle), (false, Some("b".into())));
        assert_eq!(config.server.as_ref().unwrap().host, "pi");
        let Invocation::Doctor { config: Err(why), asked } = ask(&["doctor", "--json", "--config", "/no/where"]) else {
            panic!("no doctor")
        };
        assert!(why.contains("/no/where") && asked.json && asked.files[0] == Path::new("/no/where"), "{why}");
    }

    #[test]
    fn where_data_go() {
        let mut s = Surroundings::default();
        assert_eq!(s.data(), None);
        s.home = Some("/h".into());
        s.xdg_data_home = Some("/x".into());
        assert_eq!(s.data(), Some("/x/downbeat-agent".into()));
        s.state_directory = Some("/var/lib/downbeat-agent:/var/lib/other".into());
        assert_eq!(s.data(), Some("/var/lib/downbeat-agent".into()));
        s.state_directory = Some(OsString::new());
        assert_eq!(s.data(), Some("/x/downbeat-agent".into()));
        assert_eq!(Surroundings::default().host_name(), "speaker");
    }
}
