//! A bundle of diagnostics: what was found, the settings, the end of the log, the versions; no secret.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use downbeat_host::{built::BUILT, bundle::Bundle, files, machine};

use crate::belonging;

/// Lines of the log.
const LINES: &str = "2000";
/// Files of the data folder whose words are secret.
const SECRET: [&str; 2] = ["speaker.key", "adoption-code"];
/// What the kernel tells of the machine, by the name in the bundle.
const MACHINE: [(&str, &str); 8] = [
    ("cards.txt", "proc/asound/cards"),
    ("card-devices.txt", "proc/asound/pcm"),
    ("kernel.txt", "proc/version"),
    ("system.txt", "etc/os-release"),
    ("load.txt", "proc/loadavg"),
    ("memory.txt", "proc/meminfo"),
    ("mounts.txt", "proc/self/mounts"),
    ("wireless.txt", "proc/net/wireless"),
];

/// Writes the bundle into `file`, for its owner alone. `data`: the speaker's data folder; `settings`: the files that the
/// settings come from; `findings`: what was found, by name.
pub(super) fn bundle(
    file: &Path,
    data: Option<&Path>,
    settings: &[PathBuf],
    findings: [(&str, &String); 2],
) -> io::Result<()> {
    let secret = |name: &&str| fs::read_to_string(data?.join(name)).ok();
    let mut bundle = Bundle::without(SECRET.iter().filter_map(secret).collect());
    bundle.add("versions.txt", &format!("downbeat-agent {}\nbuilt {BUILT}\n", env!("CARGO_PKG_VERSION")));
    for (name, text) in findings {
        bundle.add(name, text);
    }
    for (index, path) in settings.iter().enumerate() {
        if let Ok(text) = fs::read_to_string(path) {
            bundle.add(&format!("settings-{}.toml", index + 1), &format!("# {}\n{text}", path.display()));
        }
    }
    let variables = std::env::vars().filter(|(name, _)| name.starts_with("DOWNBEAT_"));
    let variables: Vec<_> = variables.map(|(name, value)| format!("{name}={value}")).collect();
    bundle.add("environment.txt", &variables.join("\n"));
    if let Some(data) = data {
        let status = belonging::status(data).unwrap_or_else(|why| why);
        // the code adopts whoever shows it: it is nobody's business
        let status: Vec<_> = status.lines().filter(|line| !line.starts_with("code ")).collect();
        bundle.add("status.txt", &status.join("\n"));
    }
    for (name, path) in MACHINE {
        bundle.add(name, &machine::line(Path::new("/"), path).unwrap_or_default());
    }
    bundle.add("log.txt", &log());
    let packed = bundle.packed("downbeat-agent", machine::wall_s())?;
    files::replace_private(file, &packed)
}

/// The end of the service's log, where there is a journal that this user may read.
fn log() -> String {
    let unit = ["-u", "downbeat-agent", "-n", LINES, "--no-pager", "-o", "short-iso-precise"];
    match Command::new("journalctl").args(unit).output() {
        Ok(said) if said.status.success() => String::from_utf8_lossy(&said.stdout).into_owned(),
        Ok(said) => format!("journalctl: {}", String::from_utf8_lossy(&said.stderr)),
        Err(error) => format!("journalctl: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use downbeat_identity::{Fingerprint, JoinToken, Secret};

    use super::*;

    #[test]
    fn a_bundle_holds_no_secret_of_the_speaker() {
        let dir = tempfile::tempdir().unwrap();
        let (data, settings) = (dir.path().join("data"), dir.path().join("agent.toml"));
        fs::create_dir(&data).unwrap();
        let ca = Fingerprint::of_public_key(b"ca");
        let token = JoinToken::new("music.local:3000", ca, Secret::generate().unwrap()).unwrap().reveal();
        let key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n";
        fs::write(data.join("speaker.key"), key).unwrap();
        fs::write(data.join("adoption-code"), "K7QX-3M9D").unwrap();
        let text = format!("name = \"Kitchen\"\nserver = \"ws://jo:hunter2@music.local\"\ntoken = \"{token}\"\n");
        fs::write(&settings, text).unwrap();
        let said = format!("it showed K7QX-3M9D and {token} with {key}");
        let file = dir.path().join("bundle.tar.gz");
        bundle(
            &file,
            Some(&data),
            &[settings, dir.path().join("missing")],
            [("doctor.txt", &said), ("doctor.json", &said)],
        )
        .unwrap();
        let unpacked = Command::new("tar").arg("-xzOf").arg(&file).output().unwrap();
        let all = String::from_utf8_lossy(&unpacked.stdout);
        assert!(unpacked.status.success() && all.contains("Kitchen") && all.contains("downbeat-agent "), "{all}");
        for secret in ["K7QX-3M9D", "MIGHAgEAMBMGByqGSM49", "hunter2", token.as_str()] {
            assert!(!all.contains(secret), "{secret} is in it: {all}");
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
