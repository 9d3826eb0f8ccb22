//! The bill of materials of the programs in CycloneDX's JSON: `make sbom` writes it, here its parts are looked at. It
//! follows from the lock files alone, so it is the same wherever it is made, and needs no network.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::{Map, Value, json};

use super::notices::{PROGRAMS, list, shipped, text};

/// Libraries of C within a crate: the crate, the name, the licence, the file that has the version, and the words before
/// that.
const WITHIN: [(&str, &str, &str, &str, &str); 2] = [
    ("libsqlite3-sys", "sqlite", "blessing", "sqlite3/sqlite3.h", "#define SQLITE_VERSION "),
    ("opusic-sys", "libopus", "BSD-3-Clause", "opus/package_version", "PACKAGE_VERSION="),
];
/// Packages of npm of which the page in the coordinator has parts; the others only build it.
const PAGE: [&str; 4] = ["svelte", "uplot", "@fontsource-variable/besley", "@fontsource-variable/instrument-sans"];

fn tree() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The checksums of the lock file, by name and version.
fn checksums() -> BTreeMap<(String, String), String> {
    let lock = fs::read_to_string(tree().join("Cargo.lock")).expect("there is a lock file");
    let mut found = BTreeMap::new();
    for part in lock.split("[[package]]") {
        let field = |name: &str| {
            let line = part.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
            Some(line.trim_end_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) = (field("name"), field("version"), field("checksum")) {
            found.insert((name, version), sum);
        }
    }
    found
}

fn component(kind: &str, name: &str, version: &str, licence: &str, purl: &str) -> Map<String, Value> {
    let component = json!({
        "type": kind,
        "bom-ref": purl,
        "name": name,
        "version": version,
        "licenses": [{ "expression": licence }],
        "purl": purl,
    });
    let Value::Object(component) = component else { unreachable!() };
    component
}

fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", text(&package["name"]), text(&package["version"]))
}

/// The libraries of C within a crate.
fn within(package: &Value) -> Vec<Map<String, Value>> {
    let name = text(&package["name"]);
    let folder = text(&package["manifest_path"]);
    let folder = Path::new(&folder).parent().expect("a manifest lies in a folder");
    let of = WITHIN.iter().filter(|(of, ..)| *of == name);
    of.map(|(_, library, licence, file, before)| {
        let said = fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{name}/{file}: {e}"));
        let version = said.lines().find_map(|line| line.strip_prefix(before)).expect("it says its version");
        let version = version.trim().trim_matches('"');
        component("library", library, version, licence, &format!("pkg:generic/{library}@{version}"))
    })
    .collect()
}

/// The parts of npm's packages.
fn page() -> Vec<Map<String, Value>> {
    let lock = fs::read_to_string(tree().join("server/web/package-lock.json")).expect("there is a lock file");
    let lock: Value = serde_json::from_str(&lock).expect("it is JSON");
    let of = |name: &&str| {
        let package = &lock["packages"][format!("node_modules/{name}")];
        let (version, licence) = (text(&package["version"]), text(&package["license"]));
        assert!(!version.is_empty(), "the page has no {name} any more");
        let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        component("library", name, &version, &licence, &purl)
    };
    PAGE.iter().map(of).collect()
}

/// The document.
fn bill() -> Value {
    let (metadata, needed) = shipped();
    let sums = checksums();
    let packages: BTreeMap<String, &Value> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), package))
        .filter(|(id, _)| needed.contains(id))
        .collect();
    let (mut components, mut dependencies) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for package in packages.values() {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        let kind = if PROGRAMS.contains(&name.as_str()) { "application" } else { "library" };
        let licence = text(&package["license"]).replace('/', " OR ");
        let mut made = component(kind, &name, &version, &licence, &purl(package));
        // one that is patched here, or is ours, is not what the registry has
        if let Some(sum) = sums.get(&(name, version)).filter(|_| !package["source"].is_null()) {
            made.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": sum }]));
        }
        if let Some(address) = package["repository"].as_str() {
            made.insert("externalReferences".into(), json!([{ "type": "vcs", "url": address }]));
        }
        components.push(made);
        let inner = within(package);
        let names = inner.iter().map(|inner| text(&inner["bom-ref"]));
        dependencies.entry(purl(package)).or_default().extend(names);
        components.extend(inner);
    }
    for node in list(&metadata["resolve"]["nodes"]) {
        let Some(package) = packages.get(&text(&node["id"])) else { continue };
        let on = list(&node["deps"]).iter().filter_map(|dep| packages.get(&text(&dep["pkg"])));
        dependencies.entry(purl(package)).or_default().extend(on.map(|package| purl(package)));
    }
    let server = packages.values().find(|package| package["name"] == "downbeat-server").expect("it ships");
    let page = page();
    dependencies.entry(purl(server)).or_default().extend(page.iter().map(|part| text(&part["bom-ref"])));
    components.extend(page);
    components.sort_by_key(|component| text(&component["bom-ref"]));
    let whole = format!("pkg:generic/downbeat@{}", env!("CARGO_PKG_VERSION"));
    let programs = packages.values().filter(|package| PROGRAMS.contains(&text(&package["name"]).as_str()));
    dependencies.insert(whole.clone(), programs.map(|program| purl(program)).collect());
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(
            "application", "downbeat", env!("CARGO_PKG_VERSION"), "MIT OR Apache-2.0", &whole,
        ) },
        "components": components,
        "dependencies": dependencies.iter().map(|(of, on)| json!({ "ref": of, "dependsOn": on })).collect::<Vec<_>>(),
    })
}

#[test]
fn the_bill_of_materials_names_all_that_ships_and_hangs_together() {
    let bill = bill();
    let components = list(&bill["components"]);
    let names: BTreeSet<String> = components.iter().map(|component| text(&component["bom-ref"])).collect();
    assert_eq!(names.len(), components.len(), "each is named once");
    for begin in
        ["pkg:cargo/rustls@", "pkg:cargo/ring@", "pkg:generic/sqlite@3.", "pkg:generic/libopus@1.", "pkg:npm/svelte@"]
    {
        assert!(names.iter().any(|name| name.starts_with(begin)), "{begin}");
    }
    let from_registry =
        |component: &&Value| component["hashes"][0]["content"].as_str().is_some_and(|sum| sum.len() == 64);
    assert!(components.iter().filter(from_registry).count() > 200);
    for component in components {
        assert!(!text(&component["licenses"][0]["expression"]).is_empty(), "{component}");
    }
    let whole = text(&bill["metadata"]["component"]["bom-ref"]);
    let mut reached = BTreeSet::from([whole.clone()]);
    let on: BTreeMap<String, Vec<String>> = list(&bill["dependencies"])
        .iter()
        .map(|entry| (text(&entry["ref"]), list(&entry["dependsOn"]).iter().map(text).collect()))
        .collect();
    let mut left = vec![whole];
    while let Some(next) = left.pop() {
        for part in on.get(&next).into_iter().flatten() {
            assert!(names.contains(part), "{next} needs {part}, which is not there");
            if reached.insert(part.clone()) {
                left.push(part.clone());
            }
        }
    }
    assert!(names.iter().all(|name| reached.contains(name)), "all of it is in a program");
    if let Some(path) = std::env::var_os("DOWNBEAT_BILL") {
        let text = serde_json::to_string_pretty(&bill).expect("it is JSON");
        fs::write(&path, text + "\n").unwrap_or_else(|e| panic!("{}: {e}", Path::new(&path).display()));
    }
}
