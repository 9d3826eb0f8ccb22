//! Files from an earlier run, looked at again: a card may have rotted since they were verified, or somebody wrote over
//! them.
//!
//! The files that are being read come first, then the plan in its order, so that a fault is healed before it is heard
//! where that can be. One file at a time, and slowly: this must not be felt on the smallest board. A wrong file leaves
//! the cache, which fetches it again. Its reader goes on with what there is until the right one has come.

use std::{fs::File, io, os::unix::fs::FileExt, sync::Arc, time::Duration};

use downbeat_host::clock;
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    disk::{remove, says_nothing_of_a_file},
    shared::SharedCache,
};

/// Read at a time ...
const PIECE: usize = 256 * 1024;
/// ... and then so long nothing: about 5 MB/s.
const PAUSE: Duration = Duration::from_millis(50);
/// A machine that opens no file is asked again after this time.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Checks what was not checked by this process, until the cache is closed.
pub(super) async fn check_files(shared: Arc<SharedCache>) {
    loop {
        let next = {
            let state = shared.lock();
            if state.closed {
                return;
            }
            state.next_check()
        };
        let Some(hash) = next else {
            shared.unchecked.notified().await;
            continue;
        };
        match is_right(&shared, &hash).await {
            Ok(right) => {
                let wrong = shared.lock().checked(&hash, right);
                if let Some(path) = wrong {
                    say(&shared, &hash, "a cached file is not what it was; fetching it again");
                    remove(vec![path]).await;
                    shared.wanted.notify_one();
                }
            }
            Err(error) if says_nothing_of_a_file(&error) => {
                say(&shared, &hash, &format!("a cached file cannot be checked now ({error}); trying again"));
                tokio::select! {
                    () = sleep(AGAIN_AFTER) => {}
                    () = shared.unchecked.notified() => {}
                }
            }
            Err(error) => {
                say(&shared, &hash, &format!("a cached file cannot be read ({error}); fetching it again"));
                // It stays where it is, since the disk may be at fault, until another takes its place.
                let _ = shared.lock().checked(&hash, Some(false));
                shared.wanted.notify_one();
            }
        }
    }
}

fn say(shared: &SharedCache, hash: &str, trouble: &str) {
    let unsaid = shared.lock().troubles.happened(clock::now(), trouble);
    if let Some(unsaid) = unsaid {
        tracing::warn!(hash, unsaid, "{trouble}");
    }
}

/// True if the bytes of the complete file are those of its name; `None`: the cache was closed meanwhile.
async fn is_right(shared: &SharedCache, hash: &str) -> io::Result<Option<bool>> {
    let path = shared.complete_path(hash);
    let opened = spawn_blocking(move || File::open(path)).await.map_err(io::Error::other)?;
    let mut work = (opened?, blake3::Hasher::new(), vec![0; PIECE], 0);
    loop {
        let (read, back) = spawn_blocking(move || {
            let (file, hasher, buffer, position) = &mut work;
            let read = file.read_at(buffer, *position);
            if let Ok(n) = read {
                hasher.update(&buffer[..n]);
                *position += n as u64;
            }
            (read, work)
        })
        .await
        .map_err(io::Error::other)?;
        work = back;
        if read? == 0 {
            return Ok(Some(work.1.finalize().to_hex().as_str() == hash));
        }
        if shared.lock().closed {
            return Ok(None);
        }
        sleep(PAUSE).await;
    }
}
