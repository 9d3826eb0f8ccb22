use downbeat_host::{
    finding::{Verdict, worst},
    machine::{Clocks, Disk, Speed},
};

use super::{
    examine,
    facts::{Facts, Ffmpeg, Folder, Shown},
};

const NOW: u64 = 1_800_000_000;
const DAY: i64 = 86_400;

/// A coordinator that is all right.
fn sound() -> Facts {
    let now = NOW as i64;
    Facts {
        clocks: Clocks { wall_s: NOW, source: Some("tsc".into()) },
        disk: Some(Disk {
            folder: "/var/lib/downbeat-server".into(),
            kind: "ext4".into(),
            free: 8 << 30,
            total: 32 << 30,
            keep_free: 1 << 29,
            read_only: false,
            speed: Some(Speed { mb_s: 90.0, sync_ms: 4.0 }),
        }),
        load1: Some(0.4),
        processors: 4,
        open_files: Some(65_536),
        speakers: 12,
        port: Some(3000),
        addresses: vec!["10.0.0.2".parse().unwrap()],
        announced: true,
        certificate: Shown { file: None, dates: Some(Ok((now - DAY, now + 300 * DAY))) },
        ca_ends: Some(now + 7_000 * DAY),
        ffmpeg: Ffmpeg::There("5.1".into()),
        folders: vec![Folder { path: "/srv/music".into(), there: true, readable: true, writable: true }],
        last_backup: Some(NOW - 86_400),
        versions: vec![("0.1.3".into(), 12)],
    }
}

type Change = fn(&mut Facts);
/// A change, and what it is found as: the verdict, a part of the finding, a part of what to do.
type Row = (Box<dyn Fn(&mut Facts)>, Verdict, &'static str, &'static str);

fn troubles(change: Change) -> (Verdict, Vec<String>) {
    let mut facts = sound();
    change(&mut facts);
    let findings = examine(&facts, "0.1.0");
    let line = |f: &downbeat_host::finding::Finding| {
        let todo = f.todo.as_ref()?;
        Some(format!("{}: {} -> {todo}", f.area, f.what))
    };
    (worst(&findings), findings.iter().filter_map(line).collect())
}

#[test]
fn a_coordinator_that_is_all_right_has_a_word_for_each_part_and_nothing_to_do() {
    assert_eq!(troubles(|_| {}), (Verdict::Good, vec![]));
    let areas: Vec<_> = examine(&sound(), "0.1.0").iter().map(|f| f.area).collect();
    for area in ["clock", "disk", "limits", "port", "certificate", "ffmpeg", "music", "backup", "versions"] {
        assert!(areas.contains(&area), "{area}: {areas:?}");
    }
}

#[test]
fn each_trouble_is_found_by_itself_and_says_what_to_do() {
    use Verdict::{Fault, Note};
    let company = |days: i64| Shown {
        file: Some("/etc/downbeat/music.pem".into()),
        dates: Some(Ok((0, NOW as i64 + days * DAY))),
    };
    let rows: Vec<Row> = vec![
        (Box::new(|f| f.clocks.source = Some("hpet".into())), Note, "clock: the kernel counts by hpet", "journalctl"),
        (Box::new(|f| f.disk.as_mut().unwrap().free = 1 << 20), Fault, "disk: 1 MB are free", "make room"),
        (
            Box::new(|f| f.disk.as_mut().unwrap().kind = "tmpfs".into()),
            Note,
            "all that people set is gone",
            "real disk",
        ),
        (
            Box::new(|f| f.disk.as_mut().unwrap().speed = Some(Speed { mb_s: 1.0, sync_ms: 9.0 })),
            Note,
            "slow",
            "iostat",
        ),
        (Box::new(|f| f.load1 = Some(9.0)), Note, "load: 9.0 programs wait for 4", "top"),
        (Box::new(|f| f.open_files = Some(64)), Fault, "limits: 64 files may be open", "LimitNOFILE"),
        (Box::new(|f| f.port = None), Note, "port: it listens for this machine alone", "listen ="),
        (Box::new(|f| f.addresses.clear()), Fault, "port: this machine has no address", "ip address"),
        (Box::new(|f| f.announced = false), Note, "port: speakers do not find it", "5353"),
        (Box::new(move |f| f.certificate = company(9)), Note, "music.pem ends in 9 days", "certbot renew"),
        (Box::new(move |f| f.certificate = company(-2)), Fault, "music.pem ended 2 days ago", "certbot renew"),
        (
            Box::new(|f| {
                f.certificate = Shown { file: Some("/x.pem".into()), dates: Some(Err("no such file".into())) }
            }),
            Fault,
            "certificate: /x.pem: no such file",
            "to be read",
        ),
        (
            Box::new(|f| f.certificate.dates = Some(Ok((NOW as i64 + 5 * DAY, NOW as i64 + 9 * DAY)))),
            Fault,
            "begins only in",
            "timedatectl",
        ),
        (
            Box::new(|f| f.ca_ends = Some(NOW as i64 - 3 * DAY)),
            Fault,
            "the CA's certificate ended 3 days",
            "timedatectl",
        ),
        (
            Box::new(|f| f.ffmpeg = Ffmpeg::Missing(7)),
            Note,
            "ffmpeg: it is not there, and 7 files",
            "apt install ffmpeg",
        ),
        (Box::new(|f| f.folders[0].there = false), Fault, "music: /srv/music is not there", "mounted"),
        (Box::new(|f| f.folders[0].readable = false), Fault, "/srv/music cannot be read", "setfacl"),
        (Box::new(|f| f.last_backup = None), Note, "backup: none was ever made", "downbeat backup"),
        (Box::new(|f| f.last_backup = Some(NOW - 86_400 * 90)), Note, "the last one is 90 days old", "downbeat backup"),
        (Box::new(|f| f.versions.push(("0.2.0".into(), 3))), Note, "of the speakers: 3 of 0.2.0", "apt upgrade"),
    ];
    for (change, verdict, what, todo) in rows {
        let mut facts = sound();
        change(&mut facts);
        let findings = examine(&facts, "0.1.0");
        let bad: Vec<_> = findings.iter().filter(|f| f.verdict != Verdict::Good).collect();
        let [one] = bad[..] else { panic!("{what}: {bad:?}") };
        let says = format!("{}: {}", one.area, one.what);
        assert!(says.contains(what), "{says} has no {what}");
        assert!(one.todo.as_ref().is_some_and(|t| t.contains(todo)), "{what}: {one:?} has no {todo}");
        assert_eq!(one.verdict, verdict, "{what}");
    }
}

#[test]
fn what_is_meant_so_is_not_complained_of() {
    for change in [
        (|f| f.folders[0].writable = false) as Change,
        |f| f.ffmpeg = Ffmpeg::Off,
        |f| f.ffmpeg = Ffmpeg::Missing(0),
        |f| f.certificate.dates = None,
        |f| f.versions.clear(),
        |f| f.disk = None,
    ] {
        assert_eq!(troubles(change), (Verdict::Good, vec![]));
    }
}
