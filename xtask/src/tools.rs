//! The tools the project is built with: which, which version, what for, and where they go.
//!
//! They lie in `$SIGMIC_TOOLS`, else in `~/.cache/sigmic/tools`, in one folder per version, so that
//! several checkouts share them and none disturbs what else is installed on the machine.

mod crates;
mod debian;
mod npm;
mod rust_target;

use crate::{process::find_program, workspace};
use anyhow::{Context, Result};
use crates::CrateTool;
use debian::Package;
use npm::Packages;
use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

const TRUNK: CrateTool = CrateTool {
    name: "trunk",
    version: "0.21.14",
    program: "trunk",
    flags: &["--no-default-features", "--features", "rustls"],
    why: "builds the widget",
};

const NEXTEST: CrateTool = CrateTool {
    name: "cargo-nextest",
    version: "0.9.143",
    program: "cargo-nextest",
    flags: &["--no-default-features", "--features", "default-no-update"],
    why: "runs the tests, each in a process of its own",
};

const DENY: CrateTool = CrateTool {
    name: "cargo-deny",
    version: "0.20.2",
    program: "cargo-deny",
    flags: &[],
    why: "checks the licenses of everything the server is made of",
};

const NODE: [Package; 2] = [
    Package { name: "nodejs", is_there: || find_program("node").is_some(), why: "runs wasm-opt and the minifier" },
    Package { name: "npm", is_there: || find_program("npm").is_some(), why: "installs wasm-opt and the minifier" },
];

const WIDGET_PACKAGES: Packages = Packages {
    pinned: "xtask/npm",
    what: "wasm-opt, the minifier and axe from npm",
    why: "they make the widget small",
};

const TEST_SERVERS: Packages = Packages {
    pinned: "tests/npm",
    what: "MCP's reference server from npm",
    why: "the tests let the agent use its tools",
};

const TEST_PACKAGES: [Package; 2] = [
    Package { name: "chromium", is_there: || find_program("chromium").is_some(), why: "the browser the tests drive" },
    Package { name: "postgresql", is_there: debian::has_postgres, why: "the tests run on it as well as on SQLite" },
];

const NGINX: [Package; 1] = [Package {
    name: "nginx-light",
    is_there: || find_server("nginx").is_some(),
    why: "what the server is compared with",
}];

/// Where nginx is; it is installed if it can be.
pub fn find_nginx() -> Result<PathBuf> {
    debian::ensure(&NGINX)?;
    find_server("nginx").context("nginx was installed, but not where it is looked for")
}

/// A program that Debian puts where only root's PATH leads.
fn find_server(program: &str) -> Option<PathBuf> {
    find_program(program).or_else(|| Some(Path::new("/usr/sbin").join(program)).filter(|file| file.exists()))
}

/// Tools that are known to be there.
#[derive(Debug)]
pub struct Tools {
    /// Put in front of the PATH of every command.
    folders: Vec<PathBuf>,
}

impl Tools {
    /// What the widget is built with.
    pub fn for_widget() -> Result<Self> {
        let wasm_bindgen = CrateTool {
            name: "wasm-bindgen-cli",
            // Its output has to match the crate to the last digit.
            version: &workspace::locked_version("wasm-bindgen")?,
            program: "wasm-bindgen",
            flags: &[],
            why: "generates the JavaScript around the widget",
        };
        let store = Store::open()?;
        rust_target::ensure("wasm32-unknown-unknown", "the widget is WebAssembly")?;
        debian::ensure(&NODE)?;
        Ok(Self { folders: vec![TRUNK.ensure(&store)?, wasm_bindgen.ensure(&store)?, WIDGET_PACKAGES.ensure(&store)?] })
    }

    /// What the tests need beyond that.
    pub fn for_tests() -> Result<Self> {
        debian::ensure(&TEST_PACKAGES)?;
        let mut tools = Self::for_widget()?;
        tools.folders.push(TEST_SERVERS.ensure(&Store::open()?)?);
        for tool in [NEXTEST, DENY] {
            if find_program(tool.program).is_none() {
                tools.folders.push(tool.ensure(&Store::open()?)?);
            }
        }
        Ok(tools)
    }

    /// A command in the workspace's root that finds the tools first.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(self.folders.iter().cloned().chain(env::split_paths(&inherited)));
        let mut command = Command::new(program);
        command
            .current_dir(workspace::root())
            .env("PATH", path.expect("folders of tools have no colon in their names"))
            // Trunk would download its own wasm-bindgen and wasm-opt, and look for a newer Trunk.
            .env("TRUNK_OFFLINE", "true")
            .env("TRUNK_SKIP_VERSION_CHECK", "true");
        command
    }
}

/// The folder all tools lie in, held by one installing process at a time.
struct Store {
    folder: PathBuf,
    _held: File,
}

impl Store {
    fn open() -> Result<Self> {
        let folder = match env::var_os("SIGMIC_TOOLS") {
            Some(folder) => folder.into(),
            None => env::home_dir().context("there is no home folder: set SIGMIC_TOOLS")?.join(".cache/sigmic/tools"),
        };
        let unusable = || format!("{} cannot be used: set SIGMIC_TOOLS to another folder", folder.display());
        fs::create_dir_all(&folder).with_context(unusable)?;
        let held = File::create(folder.join(".lock")).with_context(unusable)?;
        held.lock().with_context(unusable)?;
        Ok(Self { folder, _held: held })
    }

    fn folder_of(&self, name: &str, version: &str) -> PathBuf {
        self.folder.join(format!("{name}-{version}"))
    }
}

/// Says what is about to be installed.
fn announce(what: &str, why: &str, folder: Option<&Path>) {
    let place = folder.map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
    eprintln!("Installing {what}{place}: {why}.");
}
