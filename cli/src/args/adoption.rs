//! The words about speakers' keys, and about tokens that let speakers in.

use std::str::FromStr;

use clap::Subcommand;

/// The commands of speakers' keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the speakers that wait to be adopted, with their codes.
    Pending,
    /// List all keys, and what was decided about them.
    Keys,
    /// Refuse a speaker that waits.
    Refuse {
        /// Its code, its name, or the first digits of its key.
        speaker: String,
    },
    /// End the adoption of a speaker: its connection and its downloads end at once.
    Revoke {
        /// Its name, or the first digits of its key.
        speaker: String,
    },
    /// Let a speaker ask again that was refused or revoked.
    Forgive {
        /// Its name, or the first digits of its key.
        speaker: String,
    },
    /// Have a speaker that waits chirp.
    Beep {
        /// Its code, its name, or the first digits of its key.
        speaker: String,
    },
}

/// The commands of tokens.
#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Make one, and print it: whoever has it can be a speaker until it ends.
    Create {
        /// For speakers: `downbeat-agent join TOKEN`.
        #[arg(long, required = true)]
        join: bool,
        /// For so many speakers.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        uses: u32,
        /// For so long: 1h, 7d; 30 days at most.
        #[arg(long, value_name = "TIME", default_value = "24h")]
        expires: Hours,
        /// The address at which speakers find the coordinator, HOST:PORT; without it, the one that is asked now.
        #[arg(long, value_name = "HOST:PORT")]
        address: Option<String>,
        /// The name for lists.
        #[arg(long)]
        name: Option<String>,
    },
    /// List them; their texts are not kept.
    List,
    /// End one.
    End {
        /// Its id, as the list shows it.
        id: String,
        /// Revoke the speakers that it let in, too.
        #[arg(long)]
        with_speakers: bool,
    },
}

/// Hours or days, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(pub u64);

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "hours or days are wanted, 1h to 30d".to_owned();
        let (number, seconds) = match text.trim().split_at_checked(text.trim().len().saturating_sub(1)) {
            Some((number, "h")) => (number, 3_600),
            Some((number, "d")) => (number, 86_400),
            _ => return Err(wanted()),
        };
        let time = number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds));
        time.filter(|time| (3_600..=30 * 86_400).contains(time)).map(Self).ok_or_else(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_hours_or_days() {
        let read = |text: &str| text.parse::<Hours>().map(|hours| hours.0);
        assert_eq!((read("1h"), read(" 7d "), read("720h")), (Ok(3_600), Ok(604_800), Ok(2_592_000)));
        for wrong in ["", "h", "0h", "1", "31d", "1m", "-1h", "999999999999999999999d", "ü"] {
            assert!(read(wrong).unwrap_err().contains("30d"), "{wrong}");
        }
    }
}
