//! The project behind the demo: the shop's agent, and the order system it may use.

use super::orders::{API_TOKEN, TENANT_ID};
use crate::{
    clock::Clock,
    store::{ProjectRecord, Store, StoreError},
};
use serde_json::{Value, json};
use std::{env, path::Path};

/// The project that the demo's app belongs to.
const PROJECT: &str = "default";
/// What the project calls the order system.
const SERVER: &str = "orders";
/// The command that is the order system.
const COMMAND: &str = "demo-orders";
/// Where refunds are noted, within the data directory.
const REFUNDS: &str = "demo-refunds.txt";

const SYSTEM_PROMPT: &str = "You help the customers of Northwind Supply with their orders. Look orders up before you \
     speak about them, and never invent one. Be brief and friendly.";

/// Makes sure that the project is there and may use the order system, unless an operator gave it other servers.
pub(super) async fn prepare(store: &Store, clock: &Clock, data_dir: &Path) -> Result<ProjectRecord, StoreError> {
    let found = store.find_project_by_name(PROJECT).await?;
    let mut project = found.clone().unwrap_or_else(|| {
        ProjectRecord::new(PROJECT, "demo", "demo", clock.new_uuid_v7().to_string(), clock.now_ms())
    });
    connect_orders(&mut project, data_dir);
    if found.as_ref() != Some(&project) {
        project.updated_at = clock.now_ms();
        store.save_project(project.clone()).await?;
    }
    Ok(project)
}

fn connect_orders(project: &mut ProjectRecord, data_dir: &Path) {
    let Some(config) = config(data_dir) else { return };
    let servers = &mut project.mcp_servers.0;
    if servers.is_empty() {
        project.tool_policies.0.entry(format!("{SERVER}__refund_order")).or_insert_with(|| "ask".to_owned());
        if project.system_prompt.is_empty() {
            project.system_prompt = SYSTEM_PROMPT.to_owned();
        }
        servers.insert(SERVER.to_owned(), config);
    } else if let Some(ours) = servers.get_mut(SERVER).filter(|server| server["args"][0] == COMMAND) {
        // The binary and the data may lie elsewhere today.
        for field in ["command", "args"] {
            ours[field] = config[field].clone();
        }
    }
}

/// How the order system is started; nothing if this program does not know where it lies.
fn config(data_dir: &Path) -> Option<Value> {
    let refunds = std::path::absolute(data_dir.join(REFUNDS)).ok()?;
    Some(json!({
        "command": env::current_exe().ok()?.to_str()?,
        "args": [COMMAND, refunds.to_str()?],
        "env": { TENANT_ID: format!("{{{{mcp.{TENANT_ID}}}}}"), API_TOKEN: format!("{{{{mcp.{API_TOKEN}}}}}") },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::McpServer;
    use std::collections::BTreeMap;

    fn project() -> ProjectRecord {
        ProjectRecord::new(PROJECT, "demo", "demo", "p".into(), 0)
    }

    #[test]
    fn a_project_without_servers_gets_the_order_system_with_each_visitors_own_values() {
        let mut project = project();
        connect_orders(&mut project, Path::new("data"));
        let config = &project.mcp_servers[SERVER];
        McpServer::read("place", SERVER, config).unwrap();
        assert_eq!(config["env"], json!({ "TENANT_ID": "{{mcp.TENANT_ID}}", "API_TOKEN": "{{mcp.API_TOKEN}}" }));
        assert_eq!(project.tool_policies["orders__refund_order"], "ask");

        let before = project.clone();
        connect_orders(&mut project, Path::new("elsewhere"));
        assert!(project.mcp_servers[SERVER]["args"][1].as_str().unwrap().contains("elsewhere"));
        assert_eq!(project.tool_policies, before.tool_policies);
    }

    #[test]
    fn what_an_operator_decided_stays() {
        let own = json!({ "url": "https://orders.example.com/mcp" });
        for name in [SERVER, "mail"] {
            let mut changed = project();
            changed.system_prompt = "Be curt.".into();
            changed.mcp_servers.0 = BTreeMap::from([(name.to_owned(), own.clone())]);
            let before = changed.clone();
            connect_orders(&mut changed, Path::new("data"));
            assert_eq!(changed, before);
        }
    }
}
