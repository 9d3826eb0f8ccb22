//! The machine's sensors, as the kernel tells of them in files. `root` is `/`, or a copy of a system.

use std::path::Path;

use downbeat_host::machine::{line, names};

/// The temperature of the hottest part that has a sensor, °C.
pub(crate) fn temperature(root: &Path) -> Option<f32> {
    let zones = names(root, "sys/class/thermal").into_iter().filter(|name| name.starts_with("thermal_zone"));
    let read = |zone: String| line(root, &format!("sys/class/thermal/{zone}/temp"))?.parse::<f32>().ok();
    zones.filter_map(read).map(|milli| milli / 1000.0).filter(|t| (0.0..150.0).contains(t)).reduce(f32::max)
}

/// A Raspberry Pi's firmware: bits for now, and sixteen above them for ever.
pub(crate) fn throttled(root: &Path) -> Option<u32> {
    let text = line(root, "sys/devices/platform/soc/soc:firmware/get_throttled")?;
    u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()
}

/// True if the supply's voltage is too low; `None`: no sensor tells.
pub(crate) fn undervoltage(root: &Path) -> Option<bool> {
    let sensors = names(root, "sys/class/hwmon").into_iter().map(|name| format!("sys/class/hwmon/{name}"));
    let mut ours = sensors.filter(|folder| line(root, &format!("{folder}/name")).as_deref() == Some("rpi_volt"));
    line(root, &format!("{}/in0_lcrit_alarm", ours.next()?)).map(|alarm| alarm == "1")
}
