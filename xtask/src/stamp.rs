//! Telling by content whether something has to be made again.

use anyhow::{Context, Result};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};
use walkdir::WalkDir;

/// A hash over the names and contents of `inputs`, files or folders. One that is missing counts as empty.
pub fn of(inputs: &[&Path]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs.iter().filter(|input| input.exists()) {
        for entry in WalkDir::new(input).sort_by_file_name() {
            let entry = entry.with_context(|| format!("{} cannot be read", input.display()))?;
            if entry.file_type().is_file() {
                let within = entry.path().strip_prefix(input).expect("the walk stays inside");
                within.hash(&mut hasher);
                fs::read(entry.path())?.hash(&mut hasher);
            }
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether `stamp` was written to `file` by [`write`].
pub fn is_fresh(file: &Path, stamp: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|written| written == stamp)
}

/// Remembers `stamp` in `file`.
pub fn write(file: &Path, stamp: &str) -> Result<()> {
    let folder = file.parent().expect("a stamp lies in a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(file, stamp)).context("the stamp cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_make_the_stamp() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/xtask-stamp-test");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut seen = Vec::new();
        let mut note = |change: &str| {
            let stamp = of(&[&folder]).unwrap();
            assert!(!seen.contains(&stamp), "{change} went unnoticed");
            seen.push(stamp);
        };
        note("nothing");
        fs::write(folder.join("a"), "1").unwrap();
        note("a new file");
        fs::write(folder.join("a"), "2").unwrap();
        note("a new content");
        fs::rename(folder.join("a"), folder.join("b")).unwrap();
        note("a new name");
        let stamp = of(&[&folder]).unwrap();
        write(&folder.join("stamp"), &stamp).unwrap();
        assert!(is_fresh(&folder.join("stamp"), &stamp));
        assert!(!is_fresh(&folder.join("stamp"), "other") && !is_fresh(&folder.join("none"), &stamp));
        fs::remove_dir_all(&folder).unwrap();
    }
}
