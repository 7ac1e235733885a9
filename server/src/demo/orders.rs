//! A small MCP server of the demo's own: a shop's order system, which several customers use and none may see the
//! orders of another. `sigmic demo-orders` speaks it over standard input and output.

mod book;

pub use book::{Tenant, open_orders};

use anyhow::Context as _;
use book::{Book, RefundError};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{io, os::fd::AsFd, path::PathBuf, sync::Arc};
use tokio::fs::File;

/// The variable that says whose orders are asked for.
pub const TENANT_ID: &str = "TENANT_ID";
/// The variable that proves it.
pub const API_TOKEN: &str = "API_TOKEN";

/// Whom a server process works for: what it was started with.
#[derive(Debug)]
pub struct Credentials {
    /// [`TENANT_ID`]
    pub tenant_id: String,
    /// [`API_TOKEN`]
    pub api_token: SecretString,
}

/// Serves until its input ends. Refunds are noted in `refunds`, so that they outlive the process.
pub async fn serve(credentials: Credentials, refunds: PathBuf) -> anyhow::Result<()> {
    let orders = Orders { credentials: Arc::new(credentials), refunds };
    let transport = (standard(io::stdin())?, standard(io::stdout())?);
    let service = orders.serve(transport).await.context("no MCP client speaks on standard input")?;
    service.waiting().await?;
    Ok(())
}

/// Tokio's own standard streams are a feature nothing else here needs.
fn standard(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from_std(stream.as_fd().try_clone_to_owned()?.into()))
}

#[derive(Clone, Debug)]
struct Orders {
    credentials: Arc<Credentials>,
    refunds: PathBuf,
}

impl Orders {
    /// The answer to a call, or a sentence that says why there is none.
    fn answer(&self, tool: &str, arguments: &Value) -> Result<Value, String> {
        let tenant = Tenant::authenticated(&self.credentials.tenant_id, &self.credentials.api_token)
            .ok_or("The order system does not accept these credentials.")?;
        let book = Book::open(tenant, &self.refunds).map_err(|_| "The order book cannot be read.")?;
        let number = || arguments["number"].as_u64().ok_or("Which order? Its number is needed.");
        match tool {
            "list_orders" => Ok(json!({ "customer": tenant.name(), "orders": book.orders() })),
            "get_order" => {
                let number = number()?;
                book.find(number).map(|order| json!(order)).ok_or_else(|| unknown(tenant, number))
            }
            "refund_order" => {
                let number = number()?;
                book.refund(number).map(|order| json!(order)).map_err(|error| match error {
                    RefundError::Unknown => unknown(tenant, number),
                    RefundError::Already => format!("Order {number} has been refunded already."),
                    RefundError::NotKept => "The refund could not be written down.".to_owned(),
                })
            }
            _ => Err(format!("There is no tool {tool}.")),
        }
    }
}

fn unknown(tenant: Tenant, number: u64) -> String {
    format!("{} has no order {number}.", tenant.name())
}

impl ServerHandler for Orders {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("sigmic-demo-orders", env!("CARGO_PKG_VERSION")))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.map_or(Value::Null, Value::Object);
        let result = match self.answer(&request.name, &arguments) {
            Ok(answer) => CallToolResult::structured(answer),
            Err(sentence) => CallToolResult::error(vec![ContentBlock::text(sentence)]),
        };
        Ok(result.into())
    }
}

fn tools() -> Vec<Tool> {
    let one_order = json!({
        "type": "object",
        "required": ["number"],
        "properties": { "number": { "type": "integer", "description": "The order's number, such as 1041" } },
    });
    [
        ("list_orders", "Lists all orders of the customer.", json!({ "type": "object", "properties": {} })),
        ("get_order", "Looks one order up by its number.", one_order.clone()),
        ("refund_order", "Refunds one order in full. This cannot be taken back.", one_order),
    ]
    .into_iter()
    .map(|(name, description, schema)| Tool::new(name, description, schema.as_object().cloned().unwrap_or_default()))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(tenant: &str, token: &str, folder: &tempfile::TempDir) -> Orders {
        let credentials = Credentials { tenant_id: tenant.into(), api_token: token.to_owned().into() };
        Orders { credentials: Arc::new(credentials), refunds: folder.path().join("refunds") }
    }

    #[test]
    fn each_tenant_sees_its_own_orders_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let [acme, bakery] =
            [Tenant::Acme, Tenant::BlueBakery].map(|tenant| orders(tenant.id(), tenant.token(), &folder));
        let numbers = |orders: &Orders| -> Vec<u64> {
            let list = orders.answer("list_orders", &json!({})).unwrap();
            list["orders"].as_array().unwrap().iter().map(|order| order["number"].as_u64().unwrap()).collect()
        };
        let (of_acme, of_bakery) = (numbers(&acme), numbers(&bakery));
        assert!(!of_acme.is_empty() && of_acme.iter().all(|number| !of_bakery.contains(number)));
        assert_eq!(acme.answer("get_order", &json!({ "number": of_acme[0] })).unwrap()["number"], of_acme[0]);
        let foreign = acme.answer("get_order", &json!({ "number": of_bakery[0] })).unwrap_err();
        assert_eq!(foreign, format!("Acme Corp has no order {}.", of_bakery[0]));
        assert!(acme.answer("refund_order", &json!({ "number": of_bakery[0] })).is_err());
    }

    #[test]
    fn credentials_have_to_fit() {
        let folder = tempfile::tempdir().unwrap();
        for (tenant, token) in
            [(Tenant::Acme.id(), Tenant::BlueBakery.token()), ("nobody", Tenant::Acme.token()), (Tenant::Acme.id(), "")]
        {
            let refused = orders(tenant, token, &folder).answer("list_orders", &json!({})).unwrap_err();
            assert!(refused.contains("does not accept"), "{refused}");
        }
    }

    #[test]
    fn a_refund_outlives_the_process_and_happens_once() {
        let folder = tempfile::tempdir().unwrap();
        let start = || orders(Tenant::Acme.id(), Tenant::Acme.token(), &folder);
        let number = start().answer("list_orders", &json!({})).unwrap()["orders"][0]["number"].clone();
        let refund = |orders: Orders| orders.answer("refund_order", &json!({ "number": number }));
        assert_eq!(refund(start()).unwrap()["status"], "refunded");
        assert_eq!(start().answer("get_order", &json!({ "number": number })).unwrap()["status"], "refunded");
        assert_eq!(refund(start()).unwrap_err(), format!("Order {number} has been refunded already."));
        assert!(start().answer("refund_order", &json!({ "number": "x" })).is_err());
        assert!(start().answer("delete_order", &json!({})).is_err());
    }
}
