//! Measures a running server, with real connections and real processes. `cargo xtask bench` puts it all together;
//! each part can be used by itself, to look closer at one of them.
//!
//! What is measured is printed to standard output as one JSON object of numbers; names carry the unit.

mod bare;
mod clients;
mod model;
mod numbers;
mod process;
mod script;
mod stamp;
mod tool_server;
mod tools;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// A scripted model, and clients that load a server and measure it.
#[derive(Parser)]
#[command(name = "load")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves scripted answers as an OpenAI-compatible model, until it is killed.
    Model(model::ModelArguments),
    /// Loads a server.
    #[command(subcommand)]
    Drive(Drive),
    /// What a token exchange costs at the very least: signing, encrypting and one durable insert, one after the other.
    Bare(bare::BareArguments),
    /// Calls a tool, by way of the server's own connections or as a plain client.
    Tools(tools::ToolsArguments),
    /// Serves one tool over Streamable HTTP, until it is killed.
    ToolServer(tool_server::ToolServerArguments),
}

#[derive(Subcommand)]
enum Drive {
    /// Streams answers, from a model directly, through a proxy, or through Sigmic as an end user.
    Chats(clients::chats::ChatsArguments),
    /// Trades credentials, env and secrets for tokens.
    Exchange(clients::exchange::ExchangeArguments),
}

// One thread is one core, which is what this gets.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Model(arguments) => model::serve(arguments).await,
        Command::Drive(Drive::Chats(arguments)) => clients::chats::drive(arguments).await?.print(),
        Command::Drive(Drive::Exchange(arguments)) => clients::exchange::drive(arguments).await?.print(),
        Command::Bare(arguments) => bare::measure(&arguments)?.print(),
        Command::Tools(arguments) => tools::measure(&arguments).await?.print(),
        Command::ToolServer(arguments) => tool_server::serve(arguments).await,
    }
}
