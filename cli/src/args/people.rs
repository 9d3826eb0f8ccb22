//! Words for users and tokens.

use clap::Subcommand;

/// Commands for users.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// List them.
    List,
    /// Make one; the password is asked for.
    Add {
        /// The name.
        name: String,
        /// With all rights, and not those of an operator.
        #[arg(long)]
        admin: bool,
        /// A zone by its id, or a label as site=41, that the operator is bound to; can be given several times.
        #[arg(long = "bound", value_name = "ZONE|LABEL")]
        bound: Vec<String>,
        /// The user makes nothing louder than this.
        #[arg(long, value_name = "PERCENT")]
        max_volume: Option<f64>,
    },
    /// Give one another password; it is asked for.
    Password {
        /// The name.
        name: String,
    },
    /// Delete one, with their sessions and tokens.
    Delete {
        /// The name.
        name: String,
    },
}

/// Commands for tokens of programs.
#[derive(Debug, Subcommand)]
pub enum ApiTokens {
    /// List them: one's own, or of all users.
    List {
        /// Of all users.
        #[arg(long)]
        all: bool,
    },
    /// Make one; it is shown once.
    Create {
        /// Its name.
        name: String,
        /// The user whose rights it has; without it, oneself.
        #[arg(long)]
        user: Option<String>,
        /// A right that it has, as `downbeat whoami` lists them; can be given several times. Without any, all of the
        /// user's.
        #[arg(long = "scope", value_name = "RIGHT")]
        scopes: Vec<String>,
        /// Its life, days.
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// End one.
    Delete {
        /// Its id.
        id: String,
    },
}
