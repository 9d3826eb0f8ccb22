//! ffmpeg, as a process that may do little: one file to read, one folder to write to, no network, and bounds of time,
//! memory and size.

use std::{
    io,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
};

use super::{kinds::Kind, meta};

/// Time to say which version it is.
const VERSION_TIME: Duration = Duration::from_secs(20);
/// Address space, kB: libraries alone take some hundred MB.
const MEMORY_KB: u64 = 3 << 20;
/// Open files.
const FILES: u32 = 64;
/// Bytes for which there is a second of the processor's time: the slowest kinds decode some hundred times faster than
/// they play, and the densest have 8 kbit a second.
const BYTES_A_SECOND: u64 = 50_000;
const MOST_TIME: Duration = Duration::from_hours(1);
/// By the clock so many times as much: it gives way to others.
const PATIENCE: u32 = 4;
/// What it says is kept up to this length, bytes.
const MOST_WORDS: u64 = 16 * 1024;
/// The rate that DSD is brought to, and the part of its band that is kept: above it there is the noise of one bit.
const DSD_FILTER: &str = "aresample=88200:filter_size=128:cutoff=0.72:";

/// The names of what it writes.
pub(crate) const SOUND: &str = "sound.flac";
pub(crate) const TAGS: &str = "tags.txt";

/// A program that was found, and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ffmpeg {
    path: PathBuf,
    pub(crate) version: String,
    /// A network of its own, in which there is nothing, can be had.
    can_unshare: bool,
}

/// A file to be turned.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) path: &'a Path,
    pub(crate) bytes: u64,
    pub(crate) kind: Kind,
    /// Where it ends, if a header that is believed says so; seconds.
    pub(crate) end: Option<f64>,
    pub(crate) folder: &'a Path,
    /// The most that may be written, bytes.
    pub(crate) most: u64,
    /// Time of the processor for any file.
    pub(crate) least_time: Duration,
}

/// Why there is nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTurned {
    /// It is the file's fault.
    #[error("{0}")]
    File(String),
    /// It is not: it can be tried again.
    #[error("{0}")]
    Machine(String),
}

impl Ffmpeg {
    /// Asks a program whether it is ffmpeg.
    pub(crate) async fn find(path: &Path) -> Result<Self, String> {
        let mut command = Command::new(path);
        command.arg("-version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let asked = async {
            let child = Group::spawn(&mut command)?;
            let mut words = Vec::new();
            child.with_output(&mut words).await.map(|status| (status, words))
        };
        let (status, words) = match tokio::time::timeout(VERSION_TIME, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(format!("{}: {error}", path.display())),
            Err(_) => return Err(format!("{} did not say its version in time", path.display())),
        };
        let words = String::from_utf8_lossy(&words);
        let version = words.strip_prefix("ffmpeg version ").and_then(|rest| rest.split_whitespace().next());
        let version = version.filter(|_| status.success()).map(str::to_owned);
        let version = version.ok_or_else(|| format!("{} is not ffmpeg", path.display()))?;
        let mut alone = Command::new("unshare");
        alone.args(["--map-root-user", "--net", "true"]);
        alone.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let can_unshare = alone.status().await.is_ok_and(|status| status.success());
        Ok(Self { path: path.to_owned(), version, can_unshare })
    }

    /// Turns a file into FLAC, and writes down its tags. Answers what is wrong with it all the same, for people.
    pub(crate) async fn turn(&self, job: &Job<'_>) -> Result<Option<String>, NotTurned> {
        let time = (job.least_time + Duration::from_secs(job.bytes / BYTES_A_SECOND)).min(MOST_TIME);
        let (seconds, time) = (time.as_secs().max(1), time * PATIENCE);
        let mut command = self.command(job, seconds);
        let work = async {
            let child = Group::spawn(&mut command)?;
            let mut words = Vec::new();
            child.with_output(&mut words).await.map(|status| (status, String::from_utf8_lossy(&words).into_owned()))
        };
        let (status, words) = match tokio::time::timeout(time, work).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) => return Err(NotTurned::Machine(format!("ffmpeg did not start: {error}"))),
            Err(_) => return Err(NotTurned::File(format!("ffmpeg took longer than {} s", time.as_secs()))),
        };
        // The shell's and nice's own complaints are none about the file.
        let own = |line: &&str| !["nice:", "/bin/sh:", "sh:"].iter().any(|program| line.starts_with(program));
        let words = last_words(&words.lines().filter(own).collect::<Vec<_>>().join("\n"));
        if status.success() {
            return Ok((!words.is_empty()).then(|| format!("ffmpeg says of it: {words}")));
        }
        Err(match status.signal().map(Signal::try_from) {
            _ if words.contains("No space left on device") => NotTurned::Machine("the disk is full".into()),
            Some(Ok(Signal::SIGXCPU)) => {
                NotTurned::File(format!("ffmpeg took more than {seconds} s of the processor's time"))
            }
            // A shell says what ended its program by a number above 128.
            Some(Ok(Signal::SIGXFSZ)) => too_large(job.most),
            _ if words.contains("File too large") => too_large(job.most),
            _ if words.contains("Cannot allocate memory") => {
                NotTurned::File("ffmpeg needs more memory for it than it may have".into())
            }
            Some(Ok(Signal::SIGKILL)) => NotTurned::Machine("ffmpeg was killed".into()),
            Some(Ok(signal)) => NotTurned::File(format!("ffmpeg failed on it ({signal})")),
            _ if status.code() == Some(127) => NotTurned::Machine(format!("{} is not there", self.path.display())),
            _ if words.is_empty() => NotTurned::File("ffmpeg failed on it".into()),
            _ => NotTurned::File(format!("ffmpeg says: {words}")),
        })
    }

    fn command(&self, job: &Job<'_>, seconds: u64) -> Command {
        // The limits are set by a shell, which then becomes the program. One that cannot be set costs nothing else.
        const LIMITS: &str = r#"for limit in "-v $1" "-f $2" "-t $3" "-n $4" "-c 0"; do ulimit $limit 2>/dev/null; done
            shift 4; exec nice -n 19 "$@""#;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LIMITS, "sh"]);
        // Of 512 bytes.
        let blocks = job.most.max(meta::MOST).div_ceil(512);
        command.args([MEMORY_KB, blocks, seconds].map(|n| n.to_string())).arg(FILES.to_string());
        if self.can_unshare {
            command.args(["unshare", "--map-root-user", "--net"]);
        }
        command.arg(&self.path).args(["-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", "1"]);
        // One file, taken for what its bytes say, and nothing that it names.
        command.args(["-protocol_whitelist", "file", "-f", job.kind.reader, "-i"]);
        let mut input = std::ffi::OsString::from("file:");
        input.push(job.path);
        command.arg(input).args(["-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-bitexact", "-af"]);
        command.arg(filters(job)).args(["-c:a", "flac", "-f", "flac", &format!("file:{SOUND}")]);
        command.args(["-map_metadata", "0", "-f", "ffmetadata", &format!("file:{TAGS}")]);
        command.current_dir(job.folder).env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("LC_ALL", "C").env("HOME", job.folder).env("TMPDIR", job.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }
}

fn too_large(most: u64) -> NotTurned {
    NotTurned::File(format!("it would take more than {} MB as FLAC, which is all that may be kept", most >> 20))
}

/// More than two channels are mixed as ITU-R BS.775 says, the low-frequency channel left out, and scaled so that
/// nothing clips: as the decoder here does. Sound of 16 bits keeps them, all other gets 24.
fn filters(job: &Job<'_>) -> String {
    let rate = if job.kind.is_dsd { DSD_FILTER } else { "aresample=" };
    let mut filters = format!(
        "{rate}rematrix_maxval=1:center_mix_level=0.70710678:surround_mix_level=0.70710678:lfe_mix_level=0,\
         aformat=channel_layouts=stereo|mono"
    );
    if let Some(end) = job.end {
        // Times count from what the delay at the start leaves.
        use std::fmt::Write as _;
        let _ = write!(filters, ",asetpts=N/SR/TB,atrim=end={end:.6}");
    }
    filters
}

/// What it says last, in one line.
fn last_words(words: &str) -> String {
    let last = words.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    // Where it stands in its memory means nothing to people.
    let text = match (last.find(" @ 0x"), last.find("] ")) {
        (Some(at), Some(end)) if at < end => &last[end + 2..],
        _ => last,
    };
    let name = text.rsplit_once(": ").map_or(text, |(_, reason)| reason);
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A process and all that it starts, which end with this value.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    fn spawn(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { child, id })
    }

    /// Waits for its end, and takes what it writes to its pipe.
    async fn with_output(mut self, words: &mut Vec<u8>) -> io::Result<std::process::ExitStatus> {
        if let Some(mut pipe) = self.child.stderr.take() {
            // What is beyond the bound is read and thrown away, so that it does not wait.
            (&mut pipe).take(MOST_WORDS).read_to_end(words).await?;
            tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
        } else if let Some(mut pipe) = self.child.stdout.take() {
            (&mut pipe).take(MOST_WORDS).read_to_end(words).await?;
            tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
        }
        let status = self.child.wait().await?;
        self.id = None;
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let _ = killpg(id, Signal::SIGKILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_those_that_say_why() {
        let words = "[wv @ 0x55d1] invalid block\nfile:/m/x.wv: Invalid data found when processing input\n\n";
        assert_eq!(last_words(words), "Invalid data found when processing input");
        assert_eq!(last_words("[flac @ 0x55d1] no room\n"), "no room");
        assert_eq!(last_words(""), "");
    }
}
