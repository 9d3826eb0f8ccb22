//! The machine: its clock, its disk, its heat and its power.

use super::{
    facts::{Disk, Facts},
    finding::{Finding, Findings},
};

/// 2025: an earlier date is that of a machine without a battery.
const PLAUSIBLE_S: u64 = 1_735_689_600;
/// Counters that are read in one step, and do not stop.
const STEADY: [&str; 6] =
    ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource", "stc"];
/// Above this processors slow down.
const HOT_C: f32 = 80.0;
const WARM_C: f32 = 70.0;
/// The least that an identity and a file in the making need.
const LEAST_FREE: u64 = 64 << 20;

const MB: u64 = 1_000_000;

pub(super) fn clock(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("clock");
    match facts.clock_source.as_deref() {
        None => {}
        Some(source) if STEADY.contains(&source) || source.contains("timer") => {
            found.good(format!("the kernel counts by {source}"));
        }
        Some(source) => found.note(
            format!("the kernel counts by {source}, which is slow to read or coarse"),
            "journalctl -k | grep -i clocksource says why; on a PC: the firmware's settings, or clocksource=tsc",
        ),
    }
    if facts.wall_s < PLAUSIBLE_S {
        found.note(
            "the date is wrong. Sound does not need it; certificates and the log do",
            "sudo timedatectl set-ntp true, and a way to a time server",
        );
    }
    found.done()
}

pub(super) fn disk(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("disk");
    let Some(Disk { folder, kind, free, total, keep_free, read_only }) = &facts.disk else { return found.done() };
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
    let writes = "replace the card soon; a copy of its data folder keeps the speaker's identity";
    match facts.wear {
        Some(11..) => found.fault("its card has used up the life that its maker gives it", writes),
        Some(tenths @ 8..) => found.note(format!("its card has used {} % of its life", u32::from(tenths) * 10), writes),
        Some(_) | None => {}
    }
    if matches!(kind.as_str(), "tmpfs" | "ramfs" | "overlay") {
        found.note(
            format!("{folder} is in memory ({kind}): after a restart this is a new speaker"),
            "name a folder on a real disk as data",
        );
    }
    found.done()
}

pub(super) fn power(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("power, heat");
    let throttled = facts.throttled.unwrap_or(0);
    let bit = |n: u32| throttled >> n & 1 == 1;
    let supply = "another power supply (5.1 V, 3 A; 5 A for a Pi 5), and a short cable";
    if facts.undervoltage == Some(true) || bit(0) {
        found.fault("the voltage is too low", supply);
    } else if bit(16) {
        found.note("the voltage was too low since the start", supply);
    }
    let cooler = "more air, or a heat sink";
    match facts.temperature_c {
        Some(t) if t >= HOT_C => found.fault(format!("{t:.0} °C: the processor slows down"), cooler),
        Some(t) if t >= WARM_C => found.note(format!("{t:.0} °C"), cooler),
        Some(t) => found.good(format!("{t:.0} °C")),
        None => {}
    }
    if bit(1) || bit(2) || bit(3) {
        found.fault("the processor is slowed down", format!("{supply}; {cooler}"));
    } else if bit(17) || bit(18) || bit(19) {
        found.note("the processor was slowed down since the start", format!("{supply}; {cooler}"));
    }
    if facts.governor.as_deref() == Some("powersave") && facts.clock_source.as_deref() == Some("arch_sys_counter") {
        found.note(
            "the processor stays at its lowest speed",
            "echo ondemand | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
        );
    }
    if let Some(load) = facts.load1.filter(|load| *load > 2.0 * facts.processors.max(1) as f32) {
        found.note(format!("{load:.1} programs wait for {} processors", facts.processors), "top shows which");
    }
    found.done()
}
