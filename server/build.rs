//! Makes the page that people control the system with a part of the program: a table of the files in `web/built`.
//!
//! The page is built by `make web`, which needs Node; without it the table is empty, and the program says so to those
//! that ask for the page. (A crate that embeds a folder fails without the folder, or does not see a page that was built
//! later.)

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=web/built");
    let built = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("web/built");
    let mut files = vec![];
    files_below(&built, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&built)?.to_str().ok_or("a file of the page has a name that is no text")?;
        let place = file.to_str().ok_or("the folder of the sources has a name that is no text")?;
        writeln!(table, "    ({name:?}, include_bytes!({place:?}) as &[u8]),")?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("page_files.rs"), table)?;
    Ok(())
}

/// All files below a folder but hidden ones. A folder that is not there has none.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files_below(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
