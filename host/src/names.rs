//! The names of this machine, as others in its network may call it.

use nix::sys::utsname::uname;

/// Names in lower case, without a last dot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnNames {
    /// The host's name as it is set, and its first part.
    pub names: Vec<String>,
    /// The suffixes of one's own network: the domains in which the resolver searches.
    pub suffixes: Vec<String>,
}

impl OwnNames {
    /// Reads them from the system; one that cannot be read is left out.
    pub fn read() -> Self {
        let host = uname().ok().and_then(|system| system.nodename().to_str().map(str::to_owned)).unwrap_or_default();
        Self::of(&host, &std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
    }

    fn of(host: &str, resolver: &str) -> Self {
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let host = plain(host);
        let first = host.split('.').next().unwrap_or_default().to_owned();
        let mut names = vec![first, host];
        names.dedup();
        names.retain(|name| !name.is_empty());
        let suffixes = resolver
            .lines()
            .map(str::trim)
            .filter_map(|line| line.strip_prefix("search ").or_else(|| line.strip_prefix("domain ")))
            .flat_map(str::split_whitespace)
            .map(plain)
            // a whole top-level domain is nobody's own network
            .filter(|suffix| suffix.contains('.'))
            .collect();
        Self { names, suffixes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_name_and_the_resolvers_domains_are_taken_plain() {
        let resolver =
            "# search none.example\nsearch Office.Example. shop.example com\n domain old.example\nnameserver 1.1.1.1\n";
        let own = OwnNames::of("Box.Shop.Example", resolver);
        assert_eq!(own.names, ["box", "box.shop.example"]);
        assert_eq!(own.suffixes, ["office.example", "shop.example", "old.example"]);
        assert_eq!(OwnNames::of("box", "").names, ["box"]);
        assert_eq!(OwnNames::of("", ""), OwnNames::default());
        assert!(!OwnNames::read().names.is_empty());
    }
}
