//! Prints what every scenario measures, with its limits. Arguments: parts of the names of those wanted.

use std::io::Write;

use downbeat_simulation::scenarios::ALL;

fn main() -> std::io::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    let mut broken = 0;
    for (name, run) in ALL.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| name.contains(w))) {
        writeln!(out, "{name}")?;
        for check in run().checks {
            broken += usize::from(!check.holds());
            writeln!(out, "    {}{check}", if check.holds() { "" } else { "BEYOND ITS LIMIT: " })?;
        }
        out.flush()?;
    }
    if broken > 0 {
        writeln!(out, "{broken} beyond their limits")?;
        std::process::exit(1);
    }
    Ok(())
}
