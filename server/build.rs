//! Migrations are embedded by a macro; without this, cargo would not see a new one and build the old set again.
#![expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=src/store/migrations");
}
