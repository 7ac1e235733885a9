//! A local MCP server for tests; see [`sigmic_tests::mcp`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    sigmic_tests::mcp::process::main().await
}
