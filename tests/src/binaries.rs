//! The places of the programs under test.
//!
//! Cargo does not build the programs of other packages for a test, and a stale one would test yesterday's code. So
//! they are built first, unless `DOWNBEAT_BINARIES` names a folder in which somebody did that.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The path of a program, `downbeat-server`, `downbeat-agent` or `downbeat`.
pub fn path(program: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let path = FOLDER.get_or_init(folder).join(program);
    assert!(path.is_file(), "there is no {}", path.display());
    path
}

fn folder() -> PathBuf {
    if let Some(folder) = env::var_os("DOWNBEAT_BINARIES") {
        return folder.into();
    }
    // .../target/debug/deps/e2e-0123456789abcdef
    let test = env::current_exe().expect("a process knows its program");
    let folder = test.parent().and_then(Path::parent).expect("tests lie in deps/ of the profile's folder").to_owned();
    let target = folder.parent().expect("a profile's folder lies in the target folder");
    let run = env::var("NEXTEST_RUN_ID").ok().map(|id| target.join(format!("tmp/built-for-{id}")));
    // nextest runs each test in a process of its own: once a run is enough
    if run.as_ref().is_none_or(|stamp| !stamp.exists()) {
        build(&folder, target);
        if let Some(stamp) = run {
            let _ = fs::create_dir_all(target.join("tmp"));
            let _ = fs::write(stamp, "");
        }
    }
    folder
}

fn build(folder: &Path, target: &Path) {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--bins", "-p", "downbeat-server", "-p", "downbeat-agent", "-p", "downbeat-cli"]);
    cargo.arg("--target-dir").arg(target).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => {}
        Some(profile) => drop(cargo.args(["--profile", profile])),
    }
    let status = cargo.status().unwrap_or_else(|e| panic!("cargo cannot be run: {e}"));
    assert!(status.success(), "the programs under test do not build");
}
