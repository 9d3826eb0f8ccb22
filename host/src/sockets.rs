//! The user and the program at the other end of a connection within this machine, as the kernel says.

use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// One end of a connection.
#[derive(Debug, Clone, Copy)]
struct End {
    user: u32,
    /// The kernel's number of the socket.
    inode: u64,
}

/// The connections of this machine, as they were when the table was read, and whose their sockets are.
#[derive(Debug, Default)]
pub struct Sockets(HashMap<(SocketAddr, SocketAddr), End>);

impl Sockets {
    /// Reads the table. It holds nothing where the kernel shows none.
    pub fn read() -> Self {
        let mut all = Self::default();
        // a socket for both families is in the second table, with its IPv4 addresses in the coat of IPv6
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            if let Ok(text) = std::fs::read_to_string(table) {
                all.add(&text);
            }
        }
        all
    }

    /// The id of the user that owns the socket at `peer`, which is connected to `own` here. `None` if it is not in the
    /// table: it is on another machine, in another network namespace, or was closed when the table was read.
    pub fn owner(&self, peer: SocketAddr, own: SocketAddr) -> Option<u32> {
        self.end(peer, own).map(|end| end.user)
    }

    /// The programs that hold that socket open. None if this process may not see them: those of other users are seen by
    /// root alone, those of other containers by nobody.
    pub fn programs(&self, peer: SocketAddr, own: SocketAddr) -> Vec<PathBuf> {
        let Some(end) = self.end(peer, own) else { return Vec::new() };
        let socket = PathBuf::from(format!("socket:[{}]", end.inode));
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let folders = processes.flatten().map(|entry| entry.path()).filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()))
        });
        let holds = |process: &PathBuf| {
            let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
            files.into_iter().any(|file| fs::read_link(file.path()).is_ok_and(|target| target == socket))
        };
        folders.filter(holds).filter_map(|process| fs::read_link(process.join("exe")).ok()).collect()
    }

    fn end(&self, peer: SocketAddr, own: SocketAddr) -> Option<End> {
        let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
        self.0.get(&(canonical(peer), canonical(own))).copied()
    }

    fn add(&mut self, table: &str) {
        self.0.extend(table.lines().skip(1).filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let ends = (parsed(fields.next()?)?, parsed(fields.next()?)?);
            let user = fields.nth(4)?.parse().ok()?;
            Some((ends, End { user, inode: fields.nth(1)?.parse().ok()? }))
        }));
    }
}

/// An address of the table: words of 32 bits in the byte order of the machine, as hexadecimal, and the port.
fn parsed(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = match address.len() {
        8 => IpAddr::from(word(0)?),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?].concat();
            IpAddr::from(<[u8; 16]>::try_from(words).ok()?).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_owner_of_a_connection_to_oneself_is_oneself() {
        let user = nix::unistd::geteuid().as_raw();
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // a machine may be without IPv6
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (server, peer) = listener.accept().unwrap();
            let sockets = Sockets::read();
            assert_eq!(sockets.owner(peer, server.local_addr().unwrap()), Some(user), "{address}");
            let elsewhere = SocketAddr::new(peer.ip(), 1);
            assert_eq!(sockets.owner(elsewhere, server.local_addr().unwrap()), None);
            let programs = sockets.programs(peer, server.local_addr().unwrap());
            assert_eq!(programs, [std::env::current_exe().unwrap()], "{address}");
            assert!(sockets.programs(elsewhere, server.local_addr().unwrap()).is_empty());
            drop(client);
        }
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_table_is_read_in_both_families() {
        let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:C350 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000    33        0 1 1
   1: 0000000000000000FFFF00000100007F:C351 0000000000000000FFFF00000100007F:0BB8 01 0:0 00:0 0  1000 0 2
   2: 00000000000000000000000001000000:C352 00000000000000000000000001000000:0BB8 01 0:0 00:0 0  1001 0 3
rubbish
 3: X:1 Y:2 01 a b c nobody
";
        let mut sockets = Sockets::default();
        sockets.add(table);
        let of = |peer: &str, own: &str| sockets.owner(peer.parse().unwrap(), own.parse().unwrap());
        assert_eq!(of("127.0.0.1:50000", "127.0.0.1:3000"), Some(33));
        assert_eq!(of("127.0.0.1:50001", "127.0.0.1:3000"), Some(1000));
        assert_eq!(of("[::ffff:127.0.0.1]:50001", "[::ffff:127.0.0.1]:3000"), Some(1000));
        assert_eq!(of("[::1]:50002", "[::1]:3000"), Some(1001));
        assert_eq!(of("127.0.0.1:3000", "127.0.0.1:50000"), None, "the other end's line is not this one");
        assert_eq!(of("127.0.0.1:50000", "127.0.0.1:3001"), None);
    }
}
