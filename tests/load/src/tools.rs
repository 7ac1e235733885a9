//! What a tool call costs by way of the server's own connections, beside the same call by a plain client of the
//! protocol. Both in this process, so that nothing but the connections differs.

use crate::numbers::{Numbers, percentile_ms};
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use rmcp::{
    RoleClient, ServiceExt, model::CallToolRequestParams, service::RunningService,
    transport::StreamableHttpClientTransport,
};
use serde_json::{Map, Value, json};
use sigmic::{
    clock::Clock,
    mcp::{LocalServers, McpPool, OpenRequest, PoolLimits, Principal},
    project::McpServer,
    secrets,
};
use std::{collections::BTreeMap, path::PathBuf, process::Stdio, time::Instant};
use tokio::process::{Child, Command};

const SERVER: &str = "orders";
const TOOL: &str = "list_orders";
/// A file that is never written: nobody asks for a refund.
const REFUNDS: &str = "refunds.txt";
/// What the server needs to be told, and the values of a visitor.
const VARIABLES: [(&str, &str); 2] = [("TENANT_ID", "acme-corp"), ("API_TOKEN", "demo-token-of-acme-corp")];

/// What is measured.
#[derive(clap::Args)]
pub struct ToolsArguments {
    /// Who calls.
    #[arg(long)]
    by: Client,
    /// The `sigmic` binary, whose demo has a local server.
    #[arg(long, conflicts_with = "url", required_unless_present = "url")]
    sigmic: Option<PathBuf>,
    /// A server that speaks Streamable HTTP, such as `load tool-server`.
    #[arg(long)]
    url: Option<String>,
    /// A folder for local servers.
    #[arg(long)]
    folder: PathBuf,
    /// Calls over an open connection.
    #[arg(long, default_value_t = 1000)]
    times: u32,
    /// Calls that begin with a connection.
    #[arg(long, default_value_t = 20)]
    starts: u32,
}

/// Who calls.
#[derive(Clone, Copy, ValueEnum)]
enum Client {
    /// The protocol's own SDK.
    Plain,
    /// The server's pool.
    Pool,
}

/// Calls one after the other.
pub async fn measure(arguments: &ToolsArguments) -> Result<Numbers> {
    let (mut cold_us, mut warm_us) = (Vec::new(), Vec::new());
    match arguments.by {
        Client::Plain => {
            for _ in 0..arguments.starts {
                let start = Instant::now();
                let plain = Plain::connect(arguments).await?;
                plain.service.list_all_tools().await?;
                plain.call().await?;
                cold_us.push(micros(start));
            }
            let plain = Plain::connect(arguments).await?;
            for _ in 0..arguments.times {
                let start = Instant::now();
                plain.call().await?;
                warm_us.push(micros(start));
            }
        }
        Client::Pool => {
            let mut visitor = Visitor::new(arguments)?;
            for number in 0..arguments.starts {
                // Nobody has connected as this one before.
                visitor.name = format!("visitor-{number}");
                let start = Instant::now();
                visitor.ask(1).await?;
                cold_us.push(micros(start));
            }
            for _ in 0..arguments.times {
                let start = Instant::now();
                visitor.ask(1).await?;
                warm_us.push(micros(start));
            }
            visitor.pool.close().await;
        }
    }
    let mut numbers = Numbers::default();
    numbers.add("cold_ms_p50", percentile_ms(&mut cold_us, 0.5));
    numbers.add("warm_ms_p50", percentile_ms(&mut warm_us, 0.5));
    numbers.add("warm_ms_p99", percentile_ms(&mut warm_us, 0.99));
    Ok(numbers)
}

/// A client without anything around it.
struct Plain {
    service: RunningService<RoleClient, ()>,
    _process: Option<Child>,
}

impl Plain {
    async fn connect(arguments: &ToolsArguments) -> Result<Self> {
        if let Some(url) = &arguments.url {
            let service = ().serve(StreamableHttpClientTransport::from_uri(url.as_str())).await?;
            return Ok(Self { service, _process: None });
        }
        let mut command = Command::new(arguments.sigmic.as_ref().context("either a URL or a binary")?);
        command.args(["demo-orders", REFUNDS]).current_dir(&arguments.folder).envs(VARIABLES);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let pipes = process.stdout.take().zip(process.stdin.take()).context("the pipes of a new process")?;
        Ok(Self { service: ().serve(pipes).await?, _process: Some(process) })
    }

    async fn call(&self) -> Result<()> {
        let answer = self.service.call_tool(CallToolRequestParams::new(TOOL)).await?;
        ensure!(answer.is_error != Some(true), "the tool failed");
        Ok(())
    }
}

/// Somebody whose agent calls tools.
struct Visitor {
    pool: McpPool,
    servers: BTreeMap<String, McpServer>,
    variables: secrets::Context,
    name: String,
}

impl Visitor {
    fn new(arguments: &ToolsArguments) -> Result<Self> {
        let configuration = match (&arguments.url, &arguments.sigmic) {
            (Some(url), _) => json!({ "url": url, "headers": { "Authorization": "Bearer {{mcp.API_TOKEN}}" } }),
            (None, command) => json!({
                "command": command,
                "args": ["demo-orders", REFUNDS],
                "env": VARIABLES.map(|(name, _)| (name, format!("{{{{mcp.{name}}}}}"))).into_iter().collect::<BTreeMap<_, _>>(),
            }),
        };
        let server = McpServer::read(SERVER, SERVER, &configuration)?;
        let environment = std::env::var_os("PATH").map(|path| ("PATH".to_owned(), path)).into_iter().collect();
        let local = LocalServers { folder: arguments.folder.join("pool"), environment };
        Ok(Self {
            pool: McpPool::new(PoolLimits::usual(local), Clock::system()),
            servers: [(SERVER.to_owned(), server)].into(),
            variables: secrets::Context {
                env: BTreeMap::new(),
                secrets: VARIABLES.map(|(name, value)| (name.to_owned(), value.into())).into(),
            },
            name: String::new(),
        })
    }

    /// A message whose answer takes so many calls.
    async fn ask(&self, calls: u32) -> Result<()> {
        let toolset = self
            .pool
            .open(OpenRequest {
                project_id: "p".to_owned(),
                servers: self.servers.clone(),
                principal: Principal::EndUser {
                    app_id: "wapp_0123456789ab".into(),
                    end_user_id: self.name.as_str().into(),
                },
                variables: self.variables.clone(),
                expires_at_ms: None,
            })
            .await;
        for _ in 0..calls {
            let output = toolset.call(&format!("{SERVER}__{TOOL}"), Map::<String, Value>::new(), |_, _, _| {}).await;
            ensure!(output.is_ok(), "the tool failed: {output:?}");
        }
        Ok(())
    }
}

fn micros(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}
