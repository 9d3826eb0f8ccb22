//! All that can be asked for, and the table of who may.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! rights {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal),* $(,)?) => {
        /// A kind of question. Each call, message and path declares the one that it asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Right {
            $($(#[doc = $doc])* $name),*
        }

        impl Right {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name, as scopes of tokens and the audit say it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text),*
                }
            }
        }
    };
}

rights! {
    /// Open to everybody: the login, `/trust`, health, the page's own files.
    Public = "public",
    /// Zones, the names of speakers, what plays, events.
    Look = "look",
    /// Lists, searches, covers.
    Browse = "browse",
    /// Media files; to be a browser speaker.
    Listen = "listen",
    /// Play, pause, seek, skip, modes.
    Steer = "steer",
    /// Edit a queue.
    Queue = "queue",
    /// Volumes, within the caller's bound.
    Volume = "volume",
    /// Make, edit and delete playlists.
    Playlists = "playlists",
    /// Recall a preset; switch a schedule on and off.
    Recall = "recall",
    /// Let a speaker beep.
    Identify = "identify",
    /// Move, rename, label and trim speakers; open a zone to guests, or close it to them.
    Arrange = "arrange",
    /// Addresses, health, faults and versions of speakers.
    Details = "details",
    /// Figures of the coordinator and of all speakers, for Prometheus.
    Metrics = "metrics",
    /// The history: the tracks that were played, and where.
    History = "history",
    /// Make, rename and delete zones, presets and schedules.
    Zones = "zones",
    /// Look for new files.
    Scan = "scan",
    /// Tags, covers, uploads.
    Library = "library",
    /// Delete files of the music folders.
    Delete = "delete",
    /// Adopt, refuse and revoke speakers; join tokens.
    Adopt = "adopt",
    /// Users and their roles.
    Users = "users",
    /// Tokens of others.
    Tokens = "tokens",
    /// Settings of the coordinator.
    Settings = "settings",
    /// The CA and its rotation.
    Trust = "trust",
    /// Make a backup.
    Backup = "backup",
    /// Put a backup in the place of what is there.
    Restore = "restore",
    /// Read the audit.
    Audit = "audit",
    /// One's own password, sessions and tokens.
    Own = "own",
    /// Plan, time and telemetry of a speaker.
    Speak = "speak",
}

/// A name that no right has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no right {0:?}")]
pub struct UnknownRight(pub String);

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(text: &str) -> Result<Self, UnknownRight> {
        Self::ALL.iter().copied().find(|right| right.name() == text).ok_or_else(|| UnknownRight(text.to_owned()))
    }
}

impl TryFrom<String> for Right {
    type Error = UnknownRight;

    fn try_from(text: String) -> Result<Self, UnknownRight> {
        text.parse()
    }
}

impl From<Right> for String {
    fn from(right: Right) -> Self {
        right.name().to_owned()
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of a right that guests have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guests {
    /// Nothing.
    No,
    /// All of it, if guests may listen.
    Listening,
    /// In zones that are open to guests, if guests may control.
    OpenZones,
}

/// The part of a right that operators have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operators {
    /// Nothing.
    No,
    /// All of it.
    Yes,
    /// Within the zones and labels that they are bound to.
    Bound,
    /// Only those that are bound to nothing.
    Unbound,
    /// Their own things.
    Own,
}

/// A line of the table. Admins may all of it but for [`Right::Speak`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Callers that are nobody.
    pub nobody: bool,
    /// Guests.
    pub guests: Guests,
    /// Operators.
    pub operators: Operators,
    /// Adopted speakers.
    pub speakers: bool,
}

impl Right {
    /// The line of this right: docs/security.md has the same table for people, and a test compares them. A right
    /// without a line does not compile.
    pub fn row(self) -> Row {
        use Guests::{Listening, No, OpenZones};
        let row = |guests, operators| Row { nobody: false, guests, operators, speakers: false };
        match self {
            Self::Public => Row { nobody: true, guests: Listening, operators: Operators::Yes, speakers: true },
            Self::Listen => Row { speakers: true, ..row(Listening, Operators::Yes) },
            Self::Look | Self::Browse => row(Listening, Operators::Yes),
            Self::Steer | Self::Queue | Self::Volume => row(OpenZones, Operators::Bound),
            Self::Playlists => row(No, Operators::Yes),
            Self::Recall | Self::Identify | Self::Arrange | Self::Details | Self::History => row(No, Operators::Bound),
            Self::Zones | Self::Scan | Self::Metrics => row(No, Operators::Unbound),
            Self::Own => row(No, Operators::Own),
            Self::Speak => Row { speakers: true, ..row(No, Operators::No) },
            Self::Library
            | Self::Delete
            | Self::Adopt
            | Self::Users
            | Self::Tokens
            | Self::Settings
            | Self::Trust
            | Self::Backup
            | Self::Restore
            | Self::Audit => row(No, Operators::No),
        }
    }

    /// True for what asks for the password again if it was given long ago.
    pub fn is_dangerous(self) -> bool {
        matches!(
            self,
            Self::Users | Self::Tokens | Self::Trust | Self::Backup | Self::Restore | Self::Adopt | Self::Delete
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_named() {
        for right in Right::ALL {
            assert_eq!(right.name().parse(), Ok(*right));
            let json = serde_json::to_string(right).unwrap();
            assert_eq!(json, format!("{:?}", right.name()));
            assert_eq!(serde_json::from_str::<Right>(&json).unwrap(), *right);
        }
        assert_eq!("admin".parse::<Right>(), Err(UnknownRight("admin".into())));
    }

    #[test]
    fn what_only_admins_may_nobody_else_may() {
        for name in "library delete adopt users tokens settings trust backup restore audit".split(' ') {
            let row = name.parse::<Right>().unwrap().row();
            let nothing = Row { nobody: false, guests: Guests::No, operators: Operators::No, speakers: false };
            assert_eq!(row, nothing, "{name}");
        }
    }

    /// The page that is signed and the program are one.
    #[test]
    fn the_table_for_people_is_the_table_of_the_program() {
        let page = include_str!("../../../../docs/security.md");
        let table = page.split_once("| right | about |").unwrap().1.split_once("\n\n").unwrap().0;
        let mut found = Vec::new();
        for line in table.lines().skip(2) {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let names = cells[0].split(':').next().unwrap();
            for name in names.split('`').skip(1).step_by(2) {
                let right: Right = name.parse().unwrap();
                found.push(right);
                let row = right.row();
                let told = (cells[2], cells[3], cells[4], cells[5], cells[6], !cells[7].is_empty());
                let guests = match row.guests {
                    Guests::No => ("", ""),
                    Guests::Listening => ("yes", "yes"),
                    Guests::OpenZones => ("", "open zones"),
                };
                let operators = match row.operators {
                    Operators::No => "",
                    Operators::Yes | Operators::Own => "yes",
                    Operators::Bound => "bound",
                    Operators::Unbound => "unbound only",
                };
                let admin = if right == Right::Speak { "" } else { "yes" };
                let nobody = if row.nobody { "yes" } else { "" };
                assert_eq!(told, (nobody, guests.0, guests.1, operators, admin, row.speakers), "{name}");
            }
        }
        found.sort_unstable();
        let mut all = Right::ALL.to_vec();
        all.sort_unstable();
        assert_eq!(found, all, "each right stands in the table once");
    }
}
