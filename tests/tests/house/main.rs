//! The floors of the house: which crate may depend on which, held by the manifests, and which file on which.

mod bill;
mod circles;
mod examples;
mod imports;
mod notices;
mod packages;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use serde_json::Value;

/// The packages that would let a pure crate reach a file, a socket, a clock, a sound card or SQL.
const IMPURE: &[&str] = &[
    "alsa",
    "axum",
    "cpal",
    "hyper",
    "libsqlite3-sys",
    "lofty",
    "mio",
    "nix",
    "notify",
    "reqwest",
    "socket2",
    "sqlx",
    "symphonia",
    "tokio",
];

/// The pure crates, and the packages that each may name.
const PURE: &[(&str, &[&str])] = &[
    ("downbeat-protocol", &["serde", "serde_json", "thiserror", "uuid"]),
    ("downbeat-speaker", &["downbeat-protocol", "rtrb", "wide"]),
    ("downbeat-zone", &["downbeat-protocol", "serde", "serde_json", "thiserror", "tracing", "uuid"]),
    ("downbeat-simulation", &["downbeat-protocol", "downbeat-speaker", "downbeat-zone", "rtrb", "uuid"]),
];

/// A crate of the house, and those of the house that it may stand on.
const FLOORS: &[(&str, &[&str])] = &[
    ("downbeat-protocol", &[]),
    ("downbeat-media", &[]),
    ("downbeat-host", &["protocol"]),
    ("downbeat-identity", &[]),
    ("downbeat-trust", &["identity", "protocol"]),
    ("downbeat-zone", &["protocol"]),
    ("downbeat-speaker", &["protocol"]),
    ("downbeat-store", &["protocol", "zone"]),
    ("downbeat-library", &["host", "media", "protocol", "store", "zone"]),
    ("downbeat-describe", &[]),
    ("downbeat-server", &["describe", "host", "identity", "library", "media", "protocol", "store", "trust", "zone"]),
    ("downbeat-agent", &["host", "identity", "media", "protocol", "speaker"]),
    ("downbeat-cli", &["identity"]),
    ("downbeat-simulation", &["protocol", "speaker", "zone"]),
];

/// The only crates that may name these packages.
const ALONE: &[(&str, &[&str])] = &[
    ("axum", &["downbeat-server"]),
    ("ebur128", &["downbeat-library"]),
    ("icu_collator", &["downbeat-store"]),
    ("image", &["downbeat-library", "downbeat-library-files"]),
    // the files of the library bench have tags and covers
    ("lofty", &["downbeat-library", "downbeat-library-files"]),
    ("sqlx", &["downbeat-store"]),
];

/// The most packages that the simulation is built from.
const SIMULATION_PACKAGES: usize = 150;

/// The packages by name, with the names of those that each needs to run.
struct House {
    needs: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
    /// The folders of the sources of all that has any.
    sources: Vec<PathBuf>,
}

impl House {
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform"])
            .arg("x86_64-unknown-linux-gnu")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> =
            list(&metadata["packages"]).iter().map(|p| (text(&p["id"]), text(&p["name"]))).collect();
        let normal = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|k| k["kind"].is_null());
        let mut needs = BTreeMap::<String, BTreeSet<String>>::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let own = needs.entry(names[&text(&node["id"])].clone()).or_default();
            own.extend(list(&node["deps"]).iter().filter(|d| normal(d)).map(|d| names[&text(&d["pkg"])].clone()));
        }
        let members: BTreeSet<String> =
            list(&metadata["workspace_members"]).iter().map(|id| names[&text(id)].clone()).collect();
        let own = list(&metadata["packages"]).into_iter().filter(|p| members.contains(&text(&p["name"])));
        let sources = own.map(|p| PathBuf::from(text(&p["manifest_path"])).with_file_name("src"));
        let sources = sources.filter(|folder| folder.exists()).collect();
        Self { needs, members, sources }
    }

    fn named(&self, package: &str) -> &BTreeSet<String> {
        self.needs.get(package).unwrap_or_else(|| panic!("there is no package {package}"))
    }

    /// All that is needed, directly or not.
    fn closure(&self, package: &str) -> BTreeSet<String> {
        let (mut all, mut left) = (BTreeSet::new(), vec![package.to_owned()]);
        while let Some(next) = left.pop() {
            left.extend(self.named(&next).iter().filter(|n| !all.contains(*n)).cloned());
            all.insert(next);
        }
        all.remove(package);
        all
    }
}

#[test]
fn pure_crates_name_what_is_on_their_short_list_and_reach_nothing_that_does_io() {
    let house = House::read();
    for (package, allowed) in PURE {
        let strange: Vec<_> = house.named(package).iter().filter(|n| !allowed.contains(&n.as_str())).collect();
        assert_eq!(strange, Vec::<&String>::new(), "{package} names what is not on its short list");
        let impure: Vec<_> = house.closure(package).into_iter().filter(|n| IMPURE.contains(&n.as_str())).collect();
        assert_eq!(impure, Vec::<String>::new(), "{package} reaches what does I/O");
    }
    let packages = house.closure("downbeat-simulation").len();
    assert!(packages <= SIMULATION_PACKAGES, "the simulation is built from {packages} packages");
}

#[test]
fn no_crate_depends_on_one_of_a_floor_above() {
    let house = House::read();
    for (package, below) in FLOORS {
        let ours = house.named(package).iter().filter_map(|n| n.strip_prefix("downbeat-"));
        let above: Vec<_> = ours.filter(|n| !below.contains(n)).collect();
        assert_eq!(above, Vec::<&str>::new(), "{package} depends on what stands above or beside it");
    }
}

#[test]
fn what_one_crate_is_for_no_other_crate_names() {
    let house = House::read();
    for (foreign, homes) in ALONE {
        let others: Vec<_> = house
            .members
            .iter()
            .filter(|m| house.named(m).contains(*foreign) && !homes.contains(&m.as_str()))
            .collect();
        let tools = ["downbeat-load", "downbeat-library-bench", "downbeat-tests", "downbeat-tunes"];
        let others: Vec<_> = others.into_iter().filter(|m| !tools.contains(&m.as_str())).collect();
        assert_eq!(others, Vec::<&String>::new(), "{foreign} is named elsewhere");
    }
}
