//! THIRD-PARTY-NOTICES: the crates of others that the programs are made of, with their licences.
//!
//! `make notices` writes it anew from the lock file; here it is compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The programs that ship.
pub(crate) const PROGRAMS: [&str; 3] = ["downbeat-server", "downbeat-agent", "downbeat-cli"];
/// The machines that they run on.
const TARGETS: [&str; 3] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"];
/// Libraries of C within a crate, whose licences lie deeper.
const WITHIN: [(&str, &str); 1] = [("opusic-sys", "opus/COPYING")];
/// The beginnings of names of files with a licence.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

struct Package {
    name: String,
    version: String,
    licence: String,
    source: String,
    folder: PathBuf,
    patched: bool,
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// All that cargo says of the workspace, and the ids of the packages that the programs are made of, with our own.
pub(crate) fn shipped() -> (Value, BTreeSet<String>) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    let output = command.args(TARGETS.iter().flat_map(|target| ["--filter-platform", target]));
    let output = output.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let nodes: BTreeMap<String, &Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();
    let named = |p: &&Value| PROGRAMS.contains(&text(&p["name"]).as_str());
    let mut left: Vec<String> = list(&metadata["packages"]).iter().filter(named).map(|p| text(&p["id"])).collect();
    assert_eq!(left.len(), PROGRAMS.len());
    let mut needed = BTreeSet::new();
    while let Some(next) = left.pop() {
        if !needed.insert(next.clone()) {
            continue;
        }
        let normal = |dep: &&Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        left.extend(list(&nodes[&next]["deps"]).iter().filter(normal).map(|dep| text(&dep["pkg"])));
    }
    (metadata, needed)
}

/// The crates of others in the programs, by name and version.
fn packages() -> Vec<Package> {
    let (metadata, needed) = shipped();
    let members: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
    let of_others = |p: &&Value| needed.contains(&text(&p["id"])) && !members.contains(&text(&p["id"]));
    let mut packages: Vec<Package> = list(&metadata["packages"])
        .iter()
        .filter(of_others)
        .map(|p| Package {
            name: text(&p["name"]),
            version: text(&p["version"]),
            licence: text(&p["license"]).replace('/', " OR "),
            source: text(&p["repository"]),
            folder: Path::new(&text(&p["manifest_path"])).parent().map(PathBuf::from).unwrap_or_default(),
            patched: p["source"].is_null(),
        })
        .collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    packages
}

/// The texts of a package's licences. Of several that may be chosen from, that is MIT's where it is among them.
fn texts(package: &Package) -> Vec<String> {
    let files = fs::read_dir(&package.folder).unwrap_or_else(|e| panic!("{}: {e}", package.folder.display()));
    let mut names: Vec<String> = files
        .map(|file| file.expect("a folder is read"))
        .filter(|file| file.path().is_file())
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| NAMES.iter().any(|begin| name.to_lowercase().starts_with(begin)))
        .collect();
    names.sort();
    let is_mit = |name: &String| name.to_uppercase().contains("MIT");
    if package.licence.contains("OR") && !package.licence.contains("AND") && names.iter().any(is_mit) {
        names.retain(is_mit);
    }
    names.extend(WITHIN.iter().filter(|(name, _)| *name == package.name).map(|(_, file)| (*file).to_owned()));
    let read = |name: &String| fs::read(package.folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let tidy = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).replace('\r', "");
        let lines: Vec<&str> = text.trim_matches('\n').lines().map(str::trim_end).collect();
        lines.join("\n")
    };
    names.iter().map(|name| tidy(read(name))).filter(|text| !text.is_empty()).collect()
}

fn notices(packages: &[Package]) -> String {
    let mut out = String::from(
        "Third-party notices\n===================\n\n\
         The programs downbeat-server, downbeat-agent and downbeat for Linux hold the crates below, with the licences\n\
         that stand beside them, and SQLite, which is in the public domain. Each text of a licence follows once, with\n\
         the crates that come with it. `make notices` writes this file from Cargo.lock.\n\n",
    );
    out.push_str(
        "Source of the crates under the Mozilla Public License 2.0 (MPL-2.0)\n\
         --------------------------------------------------------------------\n\n",
    );
    for p in packages.iter().filter(|p| p.licence.contains("MPL")) {
        let changed = if p.patched {
            format!("; as changed here: media/patched/{} of this source", p.name)
        } else {
            String::new()
        };
        let _ = writeln!(out, "{} {}: {}{changed}", p.name, p.version, p.source);
    }
    out.push_str("\nCrates\n------\n\n");
    for p in packages {
        let _ = writeln!(out, "{} {} ({}) {}", p.name, p.version, p.licence, p.source);
    }
    let mut by_text: BTreeMap<String, (BTreeSet<String>, String)> = BTreeMap::new();
    let mut without = Vec::new();
    for p in packages {
        let own = format!("{} {}", p.name, p.version);
        let texts = texts(p);
        if texts.is_empty() {
            // Its text is among the others; it asks for no line of the author's.
            assert!(p.licence.contains("Apache-2.0"), "{own} has no text of its licence {}", p.licence);
            without.push(own);
            continue;
        }
        for text in texts {
            let same = text.split_whitespace().collect::<Vec<_>>().join(" ");
            by_text.entry(same).or_insert_with(|| (BTreeSet::new(), text)).0.insert(own.clone());
        }
    }
    let _ = writeln!(out, "\nTaken under Apache-2.0, without a text of their own: {}", without.join(", "));
    let mut texts: Vec<_> = by_text.into_values().collect();
    texts.sort();
    for (crates, text) in texts {
        let crates: Vec<String> = crates.into_iter().collect();
        let _ = write!(out, "\n{}\n{}\n\n{text}\n", "=".repeat(80), crates.join(", "));
    }
    out
}

#[test]
fn third_party_notices_are_those_of_the_lock_file() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../THIRD-PARTY-NOTICES");
    let packages = packages();
    assert!(packages.len() > 200, "{}", packages.len());
    let made = notices(&packages);
    if std::env::var_os("DOWNBEAT_NOTICES").is_some() {
        fs::write(&file, made).expect("it is written");
        return;
    }
    let kept = fs::read_to_string(&file).expect("it is there");
    let differs = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(made == kept, "THIRD-PARTY-NOTICES is old (`make notices` writes it anew): {differs:?}");
}

#[test]
fn every_crate_with_a_duty_to_name_its_source_has_one() {
    let packages = packages();
    let bound: Vec<_> = packages.iter().filter(|p| p.licence.contains("MPL")).collect();
    assert!(bound.len() > 10);
    for p in bound {
        assert!(p.source.starts_with("https://"), "{} {}", p.name, p.version);
    }
}
