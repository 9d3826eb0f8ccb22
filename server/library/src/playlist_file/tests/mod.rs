mod finding;
mod itunes;
mod plain;
mod xml;

use super::*;

/// The lines and the first paths of a file that can be read.
fn paths(content: &[u8]) -> Vec<(usize, String)> {
    let named = read(content).unwrap().named.into_iter();
    named.map(|n| (n.line, n.paths.first().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default())).collect()
}
