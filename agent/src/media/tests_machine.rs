//! Faults of the machine are no news about the music: a file that cannot be opened now is kept, and one that the disk
//! does not give is fetched beside it.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    process::Command,
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout},
};

use super::{
    test_server::{Fault, noise},
    tests::{DEADLINE, MB, Rig},
    *,
};

/// In a process of its own: the limit is one of the whole process.
#[test]
fn a_machine_that_opens_no_more_files_loses_no_music() {
    const CHILD: &str = "DOWNBEAT_TEST_WITHOUT_FILES";
    if std::env::var_os(CHILD).is_none() {
        let name = "media::tests_machine::a_machine_that_opens_no_more_files_loses_no_music";
        let child = Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(CHILD, "1").output();
        let child = child.unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        return;
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(without_files());
}

async fn without_files() {
    let rig = Rig::new().await;
    let bytes = noise(MB, 1);
    let entry = rig.server.serve(bytes.clone());
    assert_eq!(rig.read(&entry).await, Ok(bytes.clone()));
    rig.until_complete(&entry).await;
    let asked = rig.server.requests().len();
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 200, hard).unwrap();
    let mut held = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        held.push(file);
    }
    assert_eq!(rig.read(&entry).await, Err("disk_failed"));
    drop(held);
    assert_eq!(rig.cache.status(&entry.hash), FileStatus::Complete);
    assert_eq!(rig.read(&entry).await, Ok(bytes));
    assert_eq!(rig.server.requests().len(), asked, "nothing was fetched again");
}

#[tokio::test]
async fn a_file_that_the_disk_does_not_give_is_fetched_again() {
    let rig = Rig::new().await;
    let bytes = noise(MB, 2);
    let entry = rig.server.serve(bytes.clone());
    assert!(rig.read(&entry).await.is_ok());
    rig.until_complete(&entry).await;
    let path = rig.dir.path().join(&entry.hash);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    assert_eq!(rig.read(&entry).await, Ok(bytes), "a link to itself cannot be opened");
    rig.until_complete(&entry).await;
    assert!(fs::symlink_metadata(&path).unwrap().is_file(), "the right one took its place");
}

#[tokio::test]
async fn a_file_that_is_cut_while_it_is_read_is_no_shorter_track() {
    let rig = Rig::new().await;
    let bytes = noise(2 * MB, 3);
    let entry = rig.server.serve(bytes.clone());
    rig.cache.prefetch(std::slice::from_ref(&entry));
    rig.until_complete(&entry).await;
    let mut reader = rig.cache.reader(&entry).unwrap();
    let path = rig.dir.path().join(&entry.hash);
    let read = spawn_blocking(move || {
        let mut all = vec![0; 1000];
        reader.read_exact(&mut all).unwrap();
        File::options().write(true).open(path).unwrap().set_len(1_000_000).unwrap();
        reader.read_to_end(&mut all).unwrap();
        reader.seek(SeekFrom::Start(0)).unwrap();
        all
    });
    let same = timeout(DEADLINE, read).await.expect("it hangs").unwrap() == bytes;
    assert!(same, "it goes on with what is fetched");
    rig.until_complete(&entry).await;
}

#[tokio::test]
async fn a_file_that_always_comes_wrong_is_not_fetched_by_each_that_asks() {
    let rig = Rig::new().await;
    let entry = rig.server.serve(noise(300_000, 4));
    rig.server.fault(&[Fault::Wrong; 20]);
    rig.cache.prefetch(std::slice::from_ref(&entry));
    rig.until("a fault", |c| c.fault(&entry.hash).is_some()).await;
    for _ in 0..5 {
        assert_eq!(rig.read(&entry).await, Err("hash_mismatch"));
        // the plan without it, and with it again
        rig.cache.prefetch(&[]);
        rig.cache.set_source(&rig.server.url(), None);
        rig.cache.prefetch(std::slice::from_ref(&entry));
    }
    assert_eq!(rig.server.requests().len(), 2);
    let until = rig.cache.shared.lock().bars.at(&entry.hash, Instant::now()).expect("a bar").1;
    assert!(until > Instant::now());
    let elsewhere = rig.server.url().replace("127.0.0.1", "localhost");
    rig.cache.set_source(&elsewhere, Some(rig.server.address));
    rig.until("it is asked for elsewhere", |_| rig.server.requests().len() > 2).await;
}
