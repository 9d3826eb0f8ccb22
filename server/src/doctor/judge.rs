//! The judgements on the coordinator's machine.

use downbeat_host::{
    finding::{Finding, Findings},
    machine::{judge_clocks, judge_disk},
};

use super::facts::{Facts, Ffmpeg, Folder, Shown};

const DAY_S: i64 = 86_400;
/// A certificate of somebody else that ends within this many days is told.
const SOON_DAYS: i64 = 21;
/// A backup that is older is told, days.
const OLD_DAYS: i64 = 30;
/// Files that the coordinator needs beside one for each speaker: people, transfers, the database.
const BESIDE: u64 = 256;

/// All findings; `version`: this program's.
pub fn examine(facts: &Facts, version: &str) -> Vec<Finding> {
    let disk = facts.disk.as_ref().map(|disk| judge_disk(disk, "all that people set is gone"));
    let parts = [
        judge_clocks(&facts.clocks),
        disk.unwrap_or_default(),
        load(facts),
        limits(facts),
        port(facts),
        certificate(facts),
        ffmpeg(facts),
        music(facts),
        backup(facts),
        versions(facts, version),
    ];
    parts.into_iter().flatten().collect()
}

fn load(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("load");
    if let Some(load) = facts.load1.filter(|load| *load > 2.0 * facts.processors.max(1) as f32) {
        found.note(format!("{load:.1} programs wait for {} processors", facts.processors), "top shows which");
    }
    found.done()
}

fn limits(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("limits");
    let Some(files) = facts.open_files else { return found.done() };
    let needed = facts.speakers as u64 + BESIDE;
    if files < needed {
        found.fault(
            format!("{files} files may be open, and {} speakers need {needed}: some cannot connect", facts.speakers),
            "LimitNOFILE=65536 in the unit (systemctl edit downbeat-server), then restart it",
        );
    } else {
        found.good(format!("{files} files may be open, for {} speakers", facts.speakers));
    }
    found.done()
}

fn port(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("port");
    let Some(port) = facts.port else {
        found.note(
            "it listens for this machine alone: no speaker elsewhere reaches it",
            "listen = \"0.0.0.0:3000\" in /etc/downbeat/server.toml, then restart it",
        );
        return found.done();
    };
    match facts.addresses.first() {
        None => found.fault("this machine has no address that others reach", "ip address; is the network up?"),
        Some(address) => found.good(format!("it is reached at {}", std::net::SocketAddr::new(*address, port))),
    }
    if !facts.announced {
        found.note(
            "speakers do not find it by themselves: mDNS cannot be spoken",
            "a firewall that stops UDP port 5353? Else name the address in each agent.toml, or by a join token",
        );
    }
    found.done()
}

fn certificate(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("certificate");
    let now = i64::try_from(facts.clocks.wall_s).unwrap_or(i64::MAX);
    let days = |until: i64| (until - now).div_euclid(DAY_S);
    let Shown { file, dates } = &facts.certificate;
    let named = file.as_deref().unwrap_or("the coordinator's own certificate for people");
    match dates {
        Some(Err(why)) => found.fault(
            format!("{named}: {why}"),
            "give it and its key the right to be read by the coordinator's user; until then the one from before is shown",
        ),
        Some(Ok((begins, ends))) => {
            let renew = match file {
                Some(_) => "have it made anew (certbot renew, or whoever made it); the new files are read by themselves",
                None => "is the machine's date right? timedatectl. It is made anew by itself within a minute",
            };
            if *ends < now {
                found.fault(format!("{named} ended {} days ago: browsers refuse it", -days(*ends)), renew);
            } else if *begins > now {
                found.fault(format!("{named} begins only in {} days: browsers refuse it", days(*begins) + 1), renew);
            } else if file.is_some() && days(*ends) <= SOON_DAYS {
                found.note(format!("{named} ends in {} days", days(*ends)), renew);
            } else {
                found.good(format!("{named} is good for {} days", days(*ends)));
            }
        }
        None => {}
    }
    match facts.ca_ends {
        Some(ends) if ends < now => found.fault(
            format!("the CA's certificate ended {} days ago", -days(ends)),
            "is the machine's date right? timedatectl. It is dated anew by itself within a minute",
        ),
        Some(ends) => found.good(format!("the CA's certificate is good for {} days", days(ends))),
        None => {}
    }
    found.done()
}

fn ffmpeg(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("ffmpeg");
    match &facts.ffmpeg {
        Ffmpeg::There(version) => found.good(format!("version {version}")),
        Ffmpeg::Off => found.good("it is off: kinds of files without a decoder do not play"),
        Ffmpeg::Missing(0) => {
            found.good("it is not there, and no file needs it");
        }
        Ffmpeg::Missing(files) => found.note(
            format!("it is not there, and {files} files need it to play"),
            "sudo apt install ffmpeg; it is found by the next scan (POST /api/library/scan, or within half an hour)",
        ),
    }
    found.done()
}

fn music(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("music");
    for Folder { path, there, readable, writable } in &facts.folders {
        if !there {
            found.fault(format!("{path} is not there"), "is its disk mounted? Its tracks are kept meanwhile");
        } else if !readable {
            found.fault(
                format!("{path} cannot be read by the coordinator's user"),
                format!("sudo setfacl -R -m u:downbeat:rX {path}, or chmod; and each folder above it must be open"),
            );
        } else if *writable {
            found.good(format!("{path} can be read and written"));
        } else {
            found.good(format!("{path} can be read, and not written: no tags are edited, no files taken in there"));
        }
    }
    found.done()
}

fn backup(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("backup");
    let now = i64::try_from(facts.clocks.wall_s).unwrap_or(i64::MAX);
    let age = |at: u64| (now - i64::try_from(at).unwrap_or(i64::MAX)).max(0) / DAY_S;
    let todo = "downbeat backup FILE, to another machine; once a week by cron";
    match facts.last_backup {
        None => found.note("none was ever made: zones, playlists, keys and people are on this disk alone", todo),
        Some(at) if age(at) > OLD_DAYS => found.note(format!("the last one is {} days old", age(at)), todo),
        Some(at) => found.good(format!("the last one is {} days old", age(at))),
    }
    found.done()
}

fn versions(facts: &Facts, version: &str) -> Vec<Finding> {
    // what differs only behind these two understands each other
    let minor = |version: &str| version.split('.').take(2).map(ToOwned::to_owned).collect::<Vec<_>>();
    let mut found = Findings::on("versions");
    let apart = facts.versions.iter().filter(|(theirs, _)| minor(theirs) != minor(version));
    let apart: Vec<String> = apart.map(|(theirs, count)| format!("{count} of {theirs}")).collect();
    if apart.is_empty() {
        found.good(format!("the coordinator's is {version}, and all speakers fit"));
    } else {
        found.note(
            format!("the coordinator's is {version}, and of the speakers: {}", apart.join(", ")),
            "sudo apt upgrade, on the older ones; ansible-playbook rolling-upgrade.yml for many",
        );
    }
    found.done()
}
