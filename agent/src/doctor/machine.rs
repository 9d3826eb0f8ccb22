//! The machine: its disk, its heat and its power.

use downbeat_host::{
    finding::{Finding, Findings},
    machine::judge_disk,
};

use super::facts::Facts;

/// Above this processors slow down.
const HOT_C: f32 = 80.0;
const WARM_C: f32 = 70.0;

pub(super) fn disk(facts: &Facts) -> Vec<Finding> {
    let Some(disk) = &facts.disk else { return Vec::new() };
    let mut found = Findings::on("disk");
    let writes = "replace the card soon; a copy of its data folder keeps the speaker's identity";
    match facts.wear {
        Some(11..) => found.fault("its card has used up the life that its maker gives it", writes),
        Some(tenths @ 8..) => found.note(format!("its card has used {} % of its life", u32::from(tenths) * 10), writes),
        Some(_) | None => {}
    }
    let mut all = judge_disk(disk, "this is a new speaker");
    all.append(&mut found.done());
    all
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
    if facts.governor.as_deref() == Some("powersave") && facts.clocks.source.as_deref() == Some("arch_sys_counter") {
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
