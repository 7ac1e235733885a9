//! Settings as flags of the command line.

use std::path::PathBuf;

/// The flags of all commands. The two keys have none: a command line can be read by everybody on
/// the machine.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingFlags {
    /// The configuration file [default: ./sigmic.toml, if there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port of the server [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Where data is kept [default: ./sigmic-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// postgres://… or sqlite:…  [default: SQLite in the data directory]
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Not supported yet
    #[arg(long, global = true, value_name = "URL", hide = true)]
    pub redis_url: Option<String>,
    /// The server's address as browsers see it
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// pretty or json [default: pretty]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What is logged, such as warn,sigmic=debug [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// How long runs may go on after SIGTERM [default: 20s]
    #[arg(long, global = true, value_name = "DURATION")]
    pub shutdown_grace: Option<String>,
    /// Token exchanges a minute and app, 0 for no limit [default: 60000]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub rate_limit_tokens: Option<String>,
    /// Messages a minute and caller, 0 for no limit [default: 600]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub rate_limit_messages: Option<String>,
    /// Most connections to MCP servers at once [default: 256]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub mcp_connections: Option<String>,
    /// Longest result of a tool that a model reads [default: 65536]
    #[arg(long, global = true, value_name = "BYTES")]
    pub tool_result_bytes: Option<String>,
    /// The demo page, on or off [default: on where only this machine reaches the server]
    #[arg(long, global = true, value_name = "SWITCH")]
    pub demo: Option<String>,
    /// Address and port of the demo page [default: the port after the server's]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub demo_listen: Option<String>,
}

impl SettingFlags {
    /// The flag for the setting called `name`, if it has one and it was given.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let flag = match name {
            "LISTEN" => &self.listen,
            "DATA_DIR" => &self.data_dir,
            "DATABASE_URL" => &self.database_url,
            "REDIS_URL" => &self.redis_url,
            "PUBLIC_URL" => &self.public_url,
            "LOG_FORMAT" => &self.log_format,
            "LOG" => &self.log,
            "SHUTDOWN_GRACE" => &self.shutdown_grace,
            "RATE_LIMIT_TOKENS" => &self.rate_limit_tokens,
            "RATE_LIMIT_MESSAGES" => &self.rate_limit_messages,
            "MCP_CONNECTIONS" => &self.mcp_connections,
            "TOOL_RESULT_BYTES" => &self.tool_result_bytes,
            "DEMO" => &self.demo,
            "DEMO_LISTEN" => &self.demo_listen,
            _ => &None,
        };
        flag.as_deref()
    }
}
