//! The Debian packages: the same to the bit wherever they are made, and what their scripts do to a system. Programs and
//! manuals are stand-ins here; `deploy/scripts/test-packages.sh` installs the real ones. Where there is no
//! dpkg-deb, the packing is left out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// All that a packing reads of this tree.
const READ: [&str; 10] = [
    "scripts/packages.sh",
    "scripts/repository.sh",
    "deploy/packages",
    "deploy/systemd",
    "deploy/config",
    "server/store/migrations",
    "Cargo.toml",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "THIRD-PARTY-NOTICES",
];

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::print_stderr, reason = "shown by test runners that are asked to")]
fn left_out() -> bool {
    let there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    let missing = !there("dpkg-deb") || !there("readelf");
    if missing {
        eprintln!("LEFT OUT: dpkg-deb or readelf is not installed");
    }
    missing
}

fn done(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    format!("{out}{err}")
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A copy of what a packing reads, with programs and manuals, packed there by a shell with `habits`. The packages.
fn packed(place: &Path, habits: &str) -> Vec<PathBuf> {
    for part in READ {
        copy(&tree().join(part), &place.join(part));
    }
    for program in ["downbeat-server", "downbeat-agent", "downbeat"] {
        // a program of this machine, for the libraries that it needs
        copy(Path::new("/bin/true"), &place.join("bin").join(program));
        for page in [format!("man/{program}.1"), format!("bash/{program}"), format!("zsh/_{program}")] {
            put(&place.join("manuals").join(page), program);
        }
        put(&place.join(format!("manuals/fish/{program}.fish")), program);
    }
    put(&place.join("manuals/man/downbeat-play.1"), "play");
    let script = format!("{habits}; exec scripts/packages.sh out");
    let environment = [("BIN_DIR", "bin"), ("MANUALS", "manuals"), ("SOURCE_DATE_EPOCH", "1700000000")];
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(place).envs(environment);
    done(&bash.output().unwrap());
    let mut packages: Vec<_> = fs::read_dir(place.join("out")).unwrap().map(|f| f.unwrap().path()).collect();
    packages.sort();
    packages
}

fn field(package: &Path, name: &str) -> String {
    done(&Command::new("dpkg-deb").arg("--field").args([package.as_os_str(), name.as_ref()]).output().unwrap())
}

#[test]
fn two_packings_in_other_folders_at_other_times_with_other_habits_are_the_same_to_the_bit() {
    if left_out() {
        return;
    }
    let places = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let one = packed(places[0].path(), "umask 022");
    // the second one is packed later than the first, from files of another date, in a deeper folder
    let habits = "umask 077; export TZ=Asia/Tokyo LC_ALL=C.UTF-8; find . -exec touch -d 2001-02-03 {} +";
    let two = packed(&places[1].path().join("a/b"), habits);
    let names = |packages: &[PathBuf]| packages.iter().map(|p| p.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!((names(&one), one.len()), (names(&two), 3));
    for (one, two) in one.iter().zip(&two) {
        assert!(fs::read(one).unwrap() == fs::read(two).unwrap(), "{} differs", one.display());
    }

    let version = concat!(env!("CARGO_PKG_VERSION"), "-1\n");
    assert!(one.iter().all(|package| field(package, "Version") == version));
    let [agent, server, cli] = &one[..] else { unreachable!() };
    assert!(field(agent, "Depends").contains("libc6 (>= 2."), "{}", field(agent, "Depends"));
    assert_eq!((field(server, "Recommends"), field(agent, "Recommends")), ("ffmpeg\n".into(), "alsa-utils\n".into()));
    let files = |package: &PathBuf| done(&Command::new("dpkg-deb").arg("--contents").arg(package).output().unwrap());
    for package in &one {
        let files = files(package);
        assert!(files.lines().all(|line| line.contains(" root/root ")), "{files}");
        assert!(files.contains("/usr/share/doc/") && files.contains("/copyright"), "{files}");
        let writable = |line: &&str| line.starts_with('-') && (&line[5..6] == "w" || &line[8..9] == "w");
        assert_eq!(files.lines().find(writable), None, "others could change it");
    }
    let pages = |package| files(package).lines().filter(|line| line.contains("/man1/down")).count();
    assert_eq!((pages(cli), pages(agent), pages(server)), (2, 1, 1), "each has its own pages");
    let unit =
        done(&Command::new("dpkg-deb").arg("--fsys-tarfile").arg(agent).output().map(|tar| unpacked(&tar)).unwrap());
    assert!(unit.contains("ExecStart=/usr/bin/downbeat-agent --config /etc/downbeat/agent.toml"), "{unit}");
}

/// The agent's unit of a package.
fn unpacked(tar: &Output) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tar"), &tar.stdout).unwrap();
    let member = "./usr/lib/systemd/system/downbeat-agent.service";
    Command::new("tar").args(["-xOf", "tar", member]).current_dir(folder.path()).output().unwrap()
}

#[test]
fn a_repository_is_signed_and_keeps_the_versions_before() {
    let missing =
        ["dpkg-scanpackages", "gpg", "gpgv"].iter().any(|t| Command::new(t).arg("--version").output().is_err());
    if left_out() || missing {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    packed(place.path(), "export PACKAGE_VERSION=1.0.0");
    let home = place.path().join("keys");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(place.path()).env("GNUPGHOME", &home).env("KEY", "me@example.org");
        command.output().unwrap()
    };
    done(&run(
        "gpg",
        &["--batch", "--passphrase", "", "--quick-generate-key", "me@example.org", "ed25519", "sign", "1d"],
    ));
    done(&run("scripts/repository.sh", &["out", "repository"]));
    fs::remove_dir_all(place.path().join("out")).unwrap();
    packed(place.path(), "export PACKAGE_VERSION=1.1.0~rc1");
    done(&run("scripts/repository.sh", &["out", "repository"]));
    let stable = place.path().join("repository/dists/stable");
    let list = fs::read_to_string(stable.join("main/binary-amd64/Packages")).unwrap();
    if cfg!(target_arch = "x86_64") {
        assert_eq!((list.matches("Version: 1.0.0-1").count(), list.matches("Version: 1.1.0~rc1-1").count()), (3, 3));
    }
    let release = fs::read_to_string(stable.join("Release")).unwrap();
    assert!(release.contains(&format!(" {} main/binary-amd64/Packages\n", list.len())), "{release}");
    let (key, signed) = ("./repository/downbeat.gpg", "repository/dists/stable/InRelease");
    done(&run("gpgv", &["--keyring", key, signed]));
    let text = fs::read_to_string(place.path().join(signed)).unwrap();
    fs::write(place.path().join(signed), text.replace("Downbeat", "Upbeat")).unwrap();
    assert!(!run("gpgv", &["--keyring", key, signed]).status.success(), "another text is not the signed one");
    run("gpgconf", &["--kill", "all"]);
}

/// Runs a script of the packages on the system below `root`, as dpkg would. Its words.
fn run(root: &Path, script: &str, arguments: &[&str]) -> String {
    let text = fs::read_to_string(tree().join("deploy/packages").join(script)).unwrap();
    let text = text.replace("@PACKAGE@", "downbeat-server").replace("@STATE@", "downbeat.db covers backup.tmp-*");
    let file = root.join("script");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let mut sh = Command::new("sh");
    sh.arg(&file).args(arguments).env("DOWNBEAT_PACKAGES_ROOT", root).current_dir(root);
    done(&sh.output().unwrap())
}

/// Installs a version of this schema, and starts it: it writes its schema into the database.
fn install(root: &Path, schema: u32) -> String {
    put(&root.join("usr/share/downbeat-server/schema"), &format!("{schema}\n"));
    let said = run(root, "server/before-start", &[]);
    put(&root.join("var/lib/downbeat-server/downbeat.db"), &format!("schema {schema}, {said}"));
    said
}

#[test]
fn a_newer_version_copies_the_database_first_and_an_older_one_gets_that_copy_back() {
    let system = tempfile::tempdir().unwrap();
    let (root, data) = (system.path(), system.path().join("var/lib/downbeat-server"));
    let read = |name: &str| fs::read_to_string(data.join(name)).unwrap();
    assert_eq!(install(root, 11), "");
    put(&data.join("downbeat.db-wal"), "what was not yet in it");
    assert_eq!(install(root, 11), "", "the same schema");
    assert!(!data.join("before-upgrade").exists());

    let before = read("downbeat.db");
    assert_eq!(install(root, 12), "");
    assert_eq!(read("before-upgrade/schema-11/downbeat.db"), before);
    assert_eq!(read("before-upgrade/schema-11/downbeat.db-wal"), "what was not yet in it");

    // set by hand, since the script's words stand in the database of `install`
    put(&data.join("downbeat.db"), "of the newer version");
    fs::remove_file(data.join("downbeat.db-wal")).unwrap();
    put(&root.join("usr/share/downbeat-server/schema"), "11\n");
    let said = run(root, "server/before-start", &[]);
    assert!(said.contains("is not in it") && said.contains("after-downgrade/schema-12"), "{said}");
    assert_eq!((read("downbeat.db"), read("downbeat.db-wal")), (before, "what was not yet in it".into()));
    assert_eq!(read("after-downgrade/schema-12/downbeat.db"), "of the newer version");
    assert!(!data.join("after-downgrade/schema-12/downbeat.db-wal").exists());

    assert_eq!(install(root, 14), "", "two steps at once");
    put(&root.join("usr/share/downbeat-server/schema"), "9\n");
    let said = run(root, "server/before-start", &[]);
    assert!(said.contains("there is no copy") && said.contains("Install the newer version again"), "{said}");
    assert!(data.join("downbeat.db").exists(), "nothing is taken away that cannot be replaced");
}

#[test]
fn a_purge_takes_what_the_program_made_and_no_music() {
    let system = tempfile::tempdir().unwrap();
    let (root, data) = (system.path(), system.path().join("var/lib/downbeat-server"));
    let music = root.join("srv/music/song.flac");
    for file in ["downbeat.db", "covers/ab/1.webp", "backup.tmp-1", "music/own.flac"] {
        put(&data.join(file), "x");
    }
    put(&music, "song");
    symlink(root.join("srv/music"), data.join("covers/link")).unwrap();
    put(&root.join("etc/downbeat/server.env"), "somebody's");
    assert_eq!(run(root, "service/postrm", &["remove"]), "");
    assert!(data.join("downbeat.db").exists(), "removed is not purged");
    let said = run(root, "service/postrm", &["purge"]);
    assert!(said.contains("/var/lib/downbeat-server is left"), "{said}");
    assert!(data.join("music/own.flac").exists() && music.exists() && root.join("etc/downbeat/server.env").exists());
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    fs::remove_dir_all(data.join("music")).unwrap();
    fs::remove_file(root.join("etc/downbeat/server.env")).unwrap();
    assert_eq!(run(root, "service/postrm", &["purge"]), "");
    assert!(!data.exists() && !root.join("etc/downbeat").exists());
}

#[test]
fn the_coordinator_may_write_the_folders_of_its_settings_and_no_part_of_the_system() {
    let system = tempfile::tempdir().unwrap();
    let root = system.path();
    let unit = root.join("units/downbeat-server.service.d/music-folders.conf");
    let lines = |settings: &str| {
        let _ = fs::remove_file(&unit);
        put(&root.join("etc/downbeat/server.toml"), settings);
        assert_eq!(run(root, "server/music-folders", &[root.join("units").to_str().unwrap()]), "");
        let text = fs::read_to_string(&unit).unwrap_or_default();
        let paths = text.lines().filter_map(|line| line.strip_prefix("ReadWritePaths="));
        paths.map(|p| p.trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines("listen = \"[::]:3000\"\nmusic = [\"/srv/music\"]\n"), ["-/srv/music"]);
    assert_eq!(lines("music = '/mnt/my music' # one\ndata = \"/x\""), ["-/mnt/my music"]);
    let many =
        "# music = [\"/old\"]\nmusic = [ # these\n  \"/a\", '/b#c', # \"/d\"\n  \"/50%\",\n]\nother = [\"/e\"]\n";
    assert_eq!(lines(many), ["-/a", "-/b#c", "-/50%%"]);
    assert_eq!(lines("music=[\"/library/music\", \"/home/me/Music\"]"), ["-/library/music", "-/home/me/Music"]);
    let system = r#"music = ["/", "/etc", "/usr/share", "/var", "//etc", "music", "/srv/../etc", "/a\"b", "/a\u0041"]"#;
    assert_eq!(lines(system), [] as [&str; 0]);
    assert_eq!(lines("[table]\nmusic = [\"/srv/music\"]"), [] as [&str; 0]);
    assert_eq!(lines(""), [] as [&str; 0]);
    put(&root.join("etc/downbeat/server.env"), "DOWNBEAT_LOG=debug\nDOWNBEAT_MUSIC=\"/x:/y z\"\n");
    assert_eq!(lines("music = [\"/srv/music\"]"), ["-/x", "-/y z"], "the variable wins");
}

#[test]
fn the_coordinators_unit_hides_no_file_that_names_its_clock() {
    let unit = fs::read_to_string(tree().join("deploy/systemd/downbeat-server.service")).unwrap();
    // without boot_id every restart is a new clock, and what plays is not gone on with
    assert!(unit.lines().all(|line| !line.starts_with("ProcSubset=")), "/proc/sys/kernel/random/boot_id is hidden");
}
