//! axe-core, which knows the rules of accessibility that a program can check.

use super::Tab;
use serde_json::Value;
use std::{env, fs, path::Path, path::PathBuf};

/// What axe says against the page: `[rule, what it is, where]`.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations.flatMap(rule =>
    rule.nodes.map(node => [rule.id, rule.help, node.html, node.failureSummary].join(' | '))))";

impl Tab {
    /// Everything that axe-core finds wrong with the page as it is now.
    pub async fn find_barriers(&self) -> Vec<String> {
        let script = fs::read_to_string(script()).expect("axe-core can be read");
        self.page().evaluate_expression(format!("{script};undefined")).await.expect("axe-core can be loaded");
        self.evaluate(RUN).await
    }
}

/// The version that `xtask/npm/package.json` pins, where xtask installs it.
fn script() -> PathBuf {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/npm/package.json");
    let wanted = read_json(&pinned)["dependencies"]["axe-core"].clone();
    let tools = env::var_os("SIGMIC_TOOLS").map(PathBuf::from);
    let tools = tools.or_else(|| Some(env::home_dir()?.join(".cache/sigmic/tools"))).expect("there is a home folder");
    let folders = fs::read_dir(&tools).unwrap_or_else(|error| panic!("{}: {error}", tools.display()));
    folders
        .filter_map(|folder| Some(folder.ok()?.path().join("node_modules/axe-core")))
        .find(|folder| folder.exists() && read_json(&folder.join("package.json"))["version"] == wanted)
        .unwrap_or_else(|| panic!("axe-core {wanted} is not in {}: `cargo xtask widget` installs it", tools.display()))
        .join("axe.min.js")
}

fn read_json(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
