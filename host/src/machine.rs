//! The machine, as the kernel tells of it in files, and what is wrong with it for a program of Downbeat: its clock and
//! the disk of the data folder. `root` is `/`, or a copy of a system.
//!
//! Facts are read first, then judged: what judges is pure.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    clock, files,
    finding::{Finding, Findings},
};

/// 2025: an earlier date is that of a machine without a battery.
const PLAUSIBLE_S: u64 = 1_735_689_600;
/// Counters that are read in one step, and do not stop.
const STEADY: [&str; 6] =
    ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource", "stc"];
/// The least that an identity and a file in the making need, bytes.
const LEAST_FREE: u64 = 64 << 20;
/// Bytes that are written to see how fast a disk is.
const TRIED: usize = 4 << 20;
/// Slower than this a disk is felt: a file of a CD's quality comes in at 0.2 MB/s, and several may come at a time.
const SLOW_MB_S: f64 = 2.0;
/// A change that takes longer to be on the disk is felt, milliseconds.
const SLOW_SYNC_MS: f64 = 250.0;

const MB: u64 = 1_000_000;

/// The clocks of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clocks {
    /// Seconds since 1970, by the machine.
    pub wall_s: u64,
    /// The counter that the kernel's clock is made of.
    pub source: Option<String>,
}

/// The disk of a folder.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Disk {
    /// The folder.
    pub folder: String,
    /// The kind of its file system.
    pub kind: String,
    /// Bytes that are free.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
    /// Bytes that the program leaves free.
    pub keep_free: u64,
    /// True if nothing can be written.
    pub read_only: bool,
    /// How fast it is; `None`: this user may not write there.
    pub speed: Option<Speed>,
}

/// How fast a disk is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Megabytes a second that are written, and are on the disk.
    pub mb_s: f64,
    /// Milliseconds until a page is on the disk: so long takes each change that a person makes.
    pub sync_ms: f64,
}

/// The text of a file, without blanks around it.
pub fn line(root: &Path, name: &str) -> Option<String> {
    fs::read_to_string(root.join(name)).ok().map(|text| text.trim().to_owned())
}

/// The names in a folder, in order.
pub fn names(root: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The machine's clocks.
pub fn clocks(root: &Path) -> Clocks {
    Clocks { wall_s: wall_s(), source: line(root, "sys/devices/system/clocksource/clocksource0/current_clocksource") }
}

/// Seconds since 1970; 0: before that.
#[expect(clippy::disallowed_methods, reason = "the date itself is what is looked at")]
pub fn wall_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The disk of `folder`, which need not be there yet; `keep_free`: the bytes that are left free on one of this size.
pub fn disk(root: &Path, folder: &Path, keep_free: impl Fn(u64) -> u64) -> Option<Disk> {
    let there = folder.ancestors().find(|part| part.exists())?;
    let space = files::space(there).ok()?;
    let there = there.canonicalize().ok()?;
    let mounts = line(root, "proc/self/mounts").unwrap_or_default();
    let (kind, read_only) = mount_of(&mounts, &there)?;
    Some(Disk {
        folder: folder.display().to_string(),
        kind,
        free: space.free,
        total: space.total,
        keep_free: keep_free(space.total),
        read_only,
        speed: None,
    })
}

/// Writes some megabytes into `folder`, waits until they are on the disk, and takes them away again. `None`: this user
/// may not, or there is no room for it.
pub fn speed(folder: &Path) -> Option<Speed> {
    /// Taken away whatever happens.
    struct Trial(PathBuf);
    impl Drop for Trial {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }
    if files::free_bytes(folder).ok()? < LEAST_FREE {
        return None;
    }
    let path = folder.join(format!("speed-{}.new", std::process::id()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path).ok()?;
    let trial = Trial(path);
    let ms = |since| clock::now().nanos_since(since) as f64 * 1e-6;
    // zeros are nothing on some disks
    let bytes: Vec<u8> = (0..TRIED as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let begun = clock::now();
    file.write_all(&bytes).ok()?;
    file.sync_all().ok()?;
    let took_ms = ms(begun).max(0.001);
    let begun = clock::now();
    file.write_all(&bytes[..4096]).ok()?;
    file.sync_all().ok()?;
    let sync_ms = ms(begun);
    drop(trial);
    Some(Speed { mb_s: TRIED as f64 / 1e3 / took_ms, sync_ms })
}

/// The kind of the file system that holds `path`, and whether it is read-only.
fn mount_of(mounts: &str, path: &Path) -> Option<(String, bool)> {
    let parse = |l: &str| {
        let mut fields = l.split(' ').skip(1);
        let (at, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        // blanks are written as \040
        let at = at.replace("\\040", " ");
        let read_only = options.split(',').any(|option| option == "ro");
        path.starts_with(&at).then(|| (at.len(), kind.to_owned(), read_only))
    };
    // of several at one place, the last one covers the others
    mounts.lines().filter_map(parse).max_by_key(|(length, _, _)| *length).map(|(_, kind, ro)| (kind, ro))
}

/// What is wrong with the clocks.
pub fn judge_clocks(clocks: &Clocks) -> Vec<Finding> {
    let mut found = Findings::on("clock");
    match clocks.source.as_deref() {
        None => {}
        Some(source) if STEADY.contains(&source) || source.contains("timer") => {
            found.good(format!("the kernel counts by {source}"));
        }
        Some(source) => found.note(
            format!("the kernel counts by {source}, which is slow to read or coarse"),
            "journalctl -k | grep -i clocksource says why; on a PC: the firmware's settings, or clocksource=tsc",
        ),
    }
    if clocks.wall_s < PLAUSIBLE_S {
        found.note(
            "the date is wrong. Sound does not need it; certificates and the log do",
            "sudo timedatectl set-ntp true, and a way to a time server",
        );
    }
    found.done()
}

/// What is wrong with the disk. `lost`: what a data folder in memory loses at a restart.
pub fn judge_disk(disk: &Disk, lost: &str) -> Vec<Finding> {
    let mut found = Findings::on("disk");
    let Disk { folder, kind, free, total, keep_free, read_only, speed } = disk;
    if *read_only {
        found.fault(
            format!("the disk of {folder} is read-only"),
            "journalctl -k | grep -i 'error\\|remount': a card that wears out ends like that. Replace it",
        );
    } else if *free < LEAST_FREE {
        found.fault(format!("{} MB are free at {folder}", free / MB), "make room, or name another folder as data");
    } else if *free < *keep_free {
        found.note(
            format!(
                "{} MB are free at {folder}: the cache keeps {} MB free, and has next to nothing",
                free / MB,
                keep_free / MB
            ),
            "make room, or lower keep_free",
        );
    } else {
        found.good(format!("{} MB of {} are free at {folder}", free / MB, total / MB));
    }
    if let Some(Speed { mb_s, sync_ms }) = speed {
        let figures = format!("it writes {mb_s:.0} MB/s, and a page is on it in {sync_ms:.0} ms");
        if *mb_s < SLOW_MB_S || *sync_ms > SLOW_SYNC_MS {
            found.note(
                format!("{figures}: slow"),
                "what else writes to it? iostat -x 1 (package sysstat); a card that slows down wears out: replace it, \
                 or name a folder on another disk as data",
            );
        } else {
            found.good(figures);
        }
    }
    if matches!(kind.as_str(), "tmpfs" | "ramfs" | "overlay") {
        found.note(
            format!("{folder} is in memory ({kind}): after a restart {lost}"),
            "name a folder on a real disk as data",
        );
    }
    found.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_tells_the_kind_of_the_disk() {
        let mounts =
            "/dev/root / ext4 rw,noatime 0 0\ntmpfs /var tmpfs rw 0 0\n/dev/sdb1 /var/lib/my\\040disk ext4 ro,x 0 0\n";
        let kind = |path| mount_of(mounts, Path::new(path)).unwrap();
        assert_eq!(kind("/srv"), ("ext4".into(), false));
        assert_eq!(kind("/var/lib"), ("tmpfs".into(), false));
        assert_eq!(kind("/var/lib/my disk/x"), ("ext4".into(), true));
        assert_eq!(kind("/variable"), ("ext4".into(), false), "a name that only begins alike");
    }

    #[test]
    fn a_disks_speed_is_tried_and_nothing_is_left_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let speed = speed(dir.path()).unwrap();
        assert!(speed.mb_s > 0.0 && speed.sync_ms >= 0.0, "{speed:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert_eq!(super::speed(&dir.path().join("missing")), None);
    }

    #[test]
    fn a_slow_disk_is_told_with_its_figures() {
        let disk = |mb_s, sync_ms| Disk {
            folder: "/data".into(),
            kind: "ext4".into(),
            free: 8 << 30,
            total: 32 << 30,
            speed: Some(Speed { mb_s, sync_ms }),
            ..Disk::default()
        };
        let told = |mb_s, sync_ms| {
            let findings = judge_disk(&disk(mb_s, sync_ms), "all is new");
            findings.into_iter().filter(|f| f.todo.is_some()).map(|f| f.what).collect::<Vec<_>>()
        };
        assert_eq!(told(40.0, 8.0), [] as [String; 0]);
        assert_eq!(told(1.0, 8.0), ["it writes 1 MB/s, and a page is on it in 8 ms: slow"]);
        assert_eq!(told(40.0, 900.0), ["it writes 40 MB/s, and a page is on it in 900 ms: slow"]);
    }
}
