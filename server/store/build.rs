//! Migrations are embedded by a macro; without this, cargo would not see a new one and build the old set again.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
