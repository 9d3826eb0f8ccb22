//! The facts of a machine, from the kernel's files. `root` is `/`, or a copy of a system.

use std::{fs, path::Path, process::Command};

use downbeat_host::{
    interfaces::own_addresses,
    machine::{self, line, names},
};

use super::{
    facts::{Facts, Radio, Running},
    sound,
};
use crate::{
    config::Config,
    output::{cards, mixer},
    sensors::{temperature, throttled, undervoltage},
};

/// The name of the agent's processes.
const AGENT: &str = "downbeat-agent";
/// `SCHED_FIFO` and `SCHED_RR`, in `/proc/PID/task/TID/stat`.
const REALTIME: [&str; 2] = ["1", "2"];

/// What the files below `root` tell.
pub(super) fn facts(root: &Path, config: Result<&Config, &str>) -> Facts {
    let mut facts = Facts {
        settings_fault: config.err().map(ToOwned::to_owned),
        output: config.map(|c| c.output.clone()).unwrap_or_default(),
        clocks: machine::clocks(root),
        playbacks: cards::read(root),
        may_play: may_play(root),
        agent: running(root),
        radios: radios(root),
        disk: config.ok().and_then(|c| machine::disk(root, &c.data, |total| c.cache.keep_free.bytes(total))),
        addresses: own_addresses().into_iter().map(|own| own.address).collect(),
        temperature_c: temperature(root),
        throttled: throttled(root),
        undervoltage: undervoltage(root),
        load1: line(root, "proc/loadavg").and_then(|l| l.split(' ').next()?.parse().ok()),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        wear: wear(root),
        governor: line(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        ..Facts::default()
    };
    facts.mixer = sound::in_use(&facts).cloned().map(|card| {
        let controls = mixer::read(card.card);
        (card, controls)
    });
    facts
}

fn may_play(root: &Path) -> Option<bool> {
    let devices = names(root, "dev/snd").into_iter().filter(|name| name.starts_with("controlC"));
    let opened = devices.map(|name| fs::File::open(root.join("dev/snd").join(name)).is_ok());
    opened.reduce(|one, other| one && other)
}

/// The first agent that runs and is not this process.
fn running(root: &Path) -> Option<Running> {
    let pids = names(root, "proc").into_iter().filter_map(|name| name.parse::<u32>().ok());
    let ours = std::process::id();
    let pid = pids
        .filter(|pid| *pid != ours)
        .find(|pid| line(root, &format!("proc/{pid}/comm")).as_deref() == Some(AGENT))?;
    let limits = line(root, &format!("proc/{pid}/limits")).unwrap_or_default();
    let limit = |name: &str| limits.lines().find_map(|l| l.strip_prefix(name)?.split_whitespace().next());
    let tasks = names(root, &format!("proc/{pid}/task"));
    let realtime = |task: &&String| {
        let stat = line(root, &format!("proc/{pid}/task/{task}/stat")).unwrap_or_default();
        // the name in brackets may hold anything; the policy is field 41, the first behind the name is the third
        let policy = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(38).map(ToOwned::to_owned));
        policy.is_some_and(|policy| REALTIME.contains(&policy.as_str()))
    };
    let program = fs::read_link(root.join(format!("proc/{pid}/exe")));
    Some(Running {
        pid,
        rtprio: limit("Max realtime priority").and_then(|l| l.parse().ok()).unwrap_or(0),
        may_lock: limit("Max locked memory") == Some("unlimited"),
        realtime_threads: tasks.iter().filter(realtime).count(),
        outdated: program.is_ok_and(|path| path.to_string_lossy().ends_with(" (deleted)")),
    })
}

fn radios(root: &Path) -> Vec<Radio> {
    let levels = line(root, "proc/net/wireless").unwrap_or_default();
    // "wlan0: 0000   58.  -52.  -256"
    let level = |name: &str| {
        let rest = levels.lines().find_map(|l| l.trim_start().strip_prefix(name)?.strip_prefix(':'))?;
        rest.split_whitespace().nth(2)?.trim_end_matches('.').parse().ok()
    };
    // interface, destination, ...: the way out is that to 0.0.0.0
    let routes = line(root, "proc/net/route").unwrap_or_default();
    let ways: Vec<&str> = routes
        .lines()
        .filter_map(|l| {
            let mut fields = l.split_whitespace();
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(_, to)| *to == "00000000")
        .map(|(name, _)| name)
        .collect();
    let radio = |name: String| {
        let folder = format!("sys/class/net/{name}");
        let is_one = root.join(&folder).join("wireless").exists() || root.join(&folder).join("phy80211").exists();
        if !is_one || line(root, &format!("{folder}/operstate")).as_deref() != Some("up") {
            return None;
        }
        let in_use = ways.is_empty() || ways.contains(&name.as_str());
        Some(Radio { dbm: level(&name), power_save: power_save(root, &name), in_use, name })
    };
    names(root, "sys/class/net").into_iter().filter_map(radio).collect()
}

/// Asked of `iw`: no file tells it.
fn power_save(root: &Path, name: &str) -> Option<bool> {
    if root != Path::new("/") {
        return None;
    }
    let programs = ["/usr/sbin/iw", "/sbin/iw"];
    let said =
        programs.iter().find_map(|iw| Command::new(iw).args(["dev", name, "get", "power_save"]).output().ok())?;
    sleeps(&String::from_utf8_lossy(&said.stdout))
}

fn sleeps(said: &str) -> Option<bool> {
    match said.trim().strip_prefix("Power save:")?.trim() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Cards that are soldered in tell how much of their life is used, of each kind of their cells; SD cards do not.
fn wear(root: &Path) -> Option<u8> {
    let cards = names(root, "sys/block").into_iter().filter(|name| name.starts_with("mmcblk"));
    let told = cards.filter_map(|name| line(root, &format!("sys/block/{name}/device/life_time")));
    let tenths = told.flat_map(|text| {
        let each = text.split_whitespace().filter_map(|t| u8::from_str_radix(t.trim_start_matches("0x"), 16).ok());
        each.collect::<Vec<_>>()
    });
    // 0: it is not defined
    tenths.filter(|tenths| *tenths > 0).max()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::output::cards::tests::{PI_CARDS, PI_DEVICES};

    /// A copy of the files of a Raspberry Pi that has trouble.
    fn pi() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("proc/asound/cards", PI_CARDS);
        put("proc/asound/pcm", PI_DEVICES);
        put("sys/devices/system/clocksource/clocksource0/current_clocksource", "arch_sys_counter\n");
        put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
        put("proc/loadavg", "9.52 0.58 0.59 1/467 3189\n");
        put("proc/net/wireless", "Inter-| sta-|\n face | tus |\n wlan0: 0000   58.  -72.  -256        0\n");
        put("proc/net/route", "Iface Destination Gateway\nwlan0 00000000 0101A8C0\neth0 0001A8C0 00000000\n");
        put("sys/class/net/wlan0/operstate", "up\n");
        put("sys/class/net/wlan0/wireless/x", "");
        put("sys/class/net/wlan1/operstate", "down\n");
        put("sys/class/net/wlan1/wireless/x", "");
        put("sys/class/net/eth0/operstate", "up\n");
        put("sys/class/thermal/thermal_zone0/temp", "47774\n");
        put("sys/class/thermal/thermal_zone1/temp", "81000\n");
        put("sys/class/thermal/thermal_zone2/temp", "-274000\n");
        put("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n");
        put("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
        put("sys/block/mmcblk0/device/life_time", "0x03 0x0a\n");
        put("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
        put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
        put("proc/77/comm", "downbeat\n");
        put("proc/512/comm", "downbeat-agent\n");
        let limits = "Limit                     Soft Limit           Hard Limit           Units
Max locked memory         unlimited            unlimited            bytes
Max realtime priority     95                   95
";
        put("proc/512/limits", limits);
        let stat = |policy| format!("513 (au) dio) S 1 2 3 4 5 {} 20 {policy} 0 0 0\n", "0 ".repeat(31).trim());
        put("proc/512/task/512/stat", &stat(0));
        put("proc/512/task/513/stat", &stat(1));
        symlink("/usr/bin/downbeat-agent (deleted)", dir.path().join("proc/512/exe")).unwrap();
        dir
    }

    #[test]
    fn the_files_of_a_raspberry_pi_are_understood() {
        let pi = pi();
        let facts = facts(pi.path(), Err("no settings"));
        assert_eq!(facts.settings_fault.as_deref(), Some("no settings"));
        assert_eq!(facts.clocks.source.as_deref(), Some("arch_sys_counter"));
        assert_eq!((facts.playbacks.len(), facts.may_play, facts.mixer.is_none()), (3, None, true));
        let running = Running { pid: 512, rtprio: 95, may_lock: true, realtime_threads: 1, outdated: true };
        assert_eq!(facts.agent, Some(running));
        let radio = Radio { name: "wlan0".into(), dbm: Some(-72.0), power_save: None, in_use: true };
        assert_eq!(facts.radios, [radio]);
        assert_eq!(
            (facts.temperature_c, facts.throttled, facts.undervoltage),
            (Some(81.0), Some(0x5_0005), Some(true))
        );
        assert_eq!((facts.load1, facts.governor.as_deref()), (Some(9.52), Some("powersave")));
        assert_eq!(facts.wear, Some(10), "the more worn of two kinds of cells");
    }

    #[test]
    fn a_machine_that_tells_nothing_is_no_fault() {
        let empty = tempfile::tempdir().unwrap();
        let facts = facts(empty.path(), Err(""));
        assert_eq!((facts.clocks.source, facts.agent, facts.disk), (None, None, None));
        assert_eq!((facts.temperature_c, facts.throttled, facts.undervoltage, facts.wear), (None, None, None, None));
        assert!(facts.playbacks.is_empty() && facts.radios.is_empty());
    }

    #[test]
    fn iw_is_understood() {
        assert_eq!(sleeps("Power save: on\n"), Some(true));
        assert_eq!(sleeps("Power save: off\n"), Some(false));
        assert_eq!(sleeps("command failed: No such device (-19)\n"), None);
    }
}
