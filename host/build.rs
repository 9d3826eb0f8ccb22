//! Notes when the programs were built: `SOURCE_DATE_EPOCH` where that is set, so that a build can be repeated.

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let said = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse::<u64>().ok());
    #[expect(clippy::disallowed_methods, reason = "a date, for a program that has no clock")]
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    println!("cargo:rustc-env=DOWNBEAT_BUILT={}", said.unwrap_or_else(now));
}
