//! The settings of access.

use downbeat_protocol::volume::Volume;
use downbeat_trust::{
    admission::{Plain, Policy},
    place::Range,
    rights::GuestLevel,
};

/// The settings of the start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccessSettings {
    /// The rights of callers without a credential.
    pub policy: Policy,
    /// Proxies whose headers are believed: `--behind-proxy`.
    pub proxies: Vec<Range>,
    /// Sites whose pages may ask, with a token: `--cors-origin`. Without a path, in lower case.
    pub cors: Vec<String>,
}

/// The settings as words; `None`, or nothing: the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessWords<'a> {
    /// `none`, `listen`, `guest` or `all`.
    pub plain: Option<&'a str>,
    /// `none`, `listen` or `control`.
    pub guests: Option<&'a str>,
    /// Percent.
    pub guest_max_volume: Option<f32>,
    /// `operator` or `guest`.
    pub loopback: Option<&'a str>,
    /// Addresses, or ranges of them.
    pub behind_proxy: &'a [String],
    /// `https://panel.example`.
    pub cors_origin: &'a [String],
}

impl AccessSettings {
    /// Reads the words; the error names the setting, and what is allowed.
    pub fn read(words: &AccessWords<'_>) -> Result<Self, String> {
        let none = |name: &str, value: &str, allowed: &str| format!("{name} is {value:?}, which is none of {allowed}");
        let plain = match words.plain {
            None | Some("guest") => Plain::Guest,
            Some("none") => Plain::None,
            Some("listen") => Plain::Listen,
            Some("all") => Plain::All,
            Some(other) => return Err(none("plain", other, "none, listen, guest, all")),
        };
        let guests = match words.guests {
            None | Some("control") => Some(GuestLevel::Control),
            Some("listen") => Some(GuestLevel::Listen),
            Some("none") => None,
            Some(other) => return Err(none("guests", other, "none, listen, control")),
        };
        let loopback = match words.loopback {
            None | Some("operator") => true,
            Some("guest") => false,
            Some(other) => return Err(none("loopback", other, "operator, guest")),
        };
        let volume = |percent| {
            Volume::new(percent).ok_or_else(|| format!("guest_max_volume is {percent}, which is not within 0..=100"))
        };
        let guest_volume = words.guest_max_volume.map(volume).transpose()?;
        let proxies: Result<Vec<Range>, _> = words.behind_proxy.iter().map(|text| text.parse()).collect();
        let proxies = proxies.map_err(|error| format!("behind_proxy: {error}"))?;
        if let Some(origin) = words.cors_origin.iter().find(|origin| !is_origin(origin)) {
            return Err(format!(
                "cors_origin is {origin:?}, which is no site of a page: it looks like https://panel.example:8443, without a \
                 path, and never *"
            ));
        }
        let cors = words.cors_origin.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        Ok(Self { policy: Policy { plain, guests, guest_volume, loopback }, proxies, cors })
    }
}

fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default_and_what_is_wrong_is_named() {
        assert_eq!(AccessSettings::read(&AccessWords::default()), Ok(AccessSettings::default()));
        let (proxies, sites) = (["10.0.0.0/8".to_owned()], ["https://Panel.example".to_owned()]);
        let said = AccessWords {
            plain: Some("none"),
            guests: Some("none"),
            guest_max_volume: Some(40.0),
            loopback: Some("guest"),
            behind_proxy: &proxies,
            cors_origin: &sites,
        };
        let read = AccessSettings::read(&said).unwrap();
        assert_eq!((read.policy.plain, read.policy.guests, read.policy.loopback), (Plain::None, None, false));
        assert_eq!((read.proxies.len(), read.cors.as_slice()), (1, &["https://panel.example".to_owned()][..]));
        for (wrong, said) in [
            ("plain", AccessWords { plain: Some("some"), ..AccessWords::default() }),
            ("guests", AccessWords { guests: Some("all"), ..AccessWords::default() }),
            ("loopback", AccessWords { loopback: Some("admin"), ..AccessWords::default() }),
            ("guest_max_volume", AccessWords { guest_max_volume: Some(101.0), ..AccessWords::default() }),
            ("behind_proxy", AccessWords { behind_proxy: &["house".into()], ..AccessWords::default() }),
            ("cors_origin", AccessWords { cors_origin: &["*".into()], ..AccessWords::default() }),
            ("cors_origin", AccessWords { cors_origin: &["https://a/b".into()], ..AccessWords::default() }),
        ] {
            assert!(AccessSettings::read(&said).unwrap_err().contains(wrong), "{wrong}");
        }
    }
}
