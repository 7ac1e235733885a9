//! Which node this is. The name stays with the data directory, so that a node that comes back
//! knows the runs it left behind.

use crate::store::create_private_folder;
use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// This node's name, and the lock that keeps a second server out of its data directory.
#[derive(Debug)]
pub struct Node {
    /// A UUID, made at the first start.
    pub id: String,
    _lock: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Another server uses it.
    #[error("DATA_DIR {0} is in use by another sigmic server: stop that one, or give this one a directory of its own")]
    InUse(String),
    /// It cannot be read or written.
    #[error("DATA_DIR {path} cannot be used: {cause}")]
    Unusable {
        /// The directory.
        path: String,
        /// What the system says.
        cause: io::Error,
    },
}

impl Node {
    /// Takes possession of the data directory, making it if need be.
    pub fn claim(data_dir: &Path) -> Result<Self, NodeError> {
        let unusable = |cause| NodeError::Unusable { path: data_dir.display().to_string(), cause };
        create_private_folder(data_dir).map_err(unusable)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data_dir.join("node.lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NodeError::InUse(data_dir.display().to_string())),
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        let name = data_dir.join("node-id");
        let id = match std::fs::read_to_string(&name) {
            Ok(id) if !id.trim().is_empty() => id.trim().to_owned(),
            Ok(_) => write_new_id(&name).map_err(unusable)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => write_new_id(&name).map_err(unusable)?,
            Err(error) => return Err(unusable(error)),
        };
        Ok(Self { id, _lock: lock })
    }
}

fn write_new_id(place: &Path) -> io::Result<String> {
    let id = uuid::Uuid::now_v7().to_string();
    std::fs::write(place, &id)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_node_keeps_its_name_and_its_directory_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("data");
        let first = Node::claim(&place).unwrap();
        assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(matches!(Node::claim(&place), Err(NodeError::InUse(_))));
        let id = first.id.clone();
        drop(first);
        assert_eq!(Node::claim(&place).unwrap().id, id);
    }
}
