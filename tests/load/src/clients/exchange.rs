//! Backends that trade credentials for tokens.

use super::{connection::Connection, credentials::Credentials};
use crate::{
    numbers::{Numbers, percentile_ms},
    process::Processes,
};
use anyhow::Result;
use futures::future::try_join_all;
use std::{net::SocketAddr, time::Instant};

/// How a server is loaded with token exchanges.
#[derive(Debug, clap::Args)]
pub struct ExchangeArguments {
    /// The server.
    #[arg(long)]
    to: SocketAddr,
    #[command(flatten)]
    credentials: Credentials,
    /// Connections that ask at the same time.
    #[arg(long, default_value_t = 32)]
    connections: u32,
    /// Requests of each.
    #[arg(long, default_value_t = 1000)]
    times: u32,
    /// The processes that are measured, with their children.
    #[arg(long)]
    pid: Vec<u32>,
}

/// Trades until all requests are answered.
pub async fn drive(arguments: ExchangeArguments) -> Result<Numbers> {
    let processes = Processes::with_children(&arguments.pid)?;
    let connections = try_join_all((0..arguments.connections).map(|_| Connection::open(arguments.to))).await?;
    let before = processes.usage()?;
    let start = Instant::now();
    let backends = connections.into_iter().enumerate().map(|(number, connection)| {
        tokio::spawn(ask(connection, arguments.credentials.clone(), format!("user-{number}"), arguments.times))
    });
    let mut times_us = Vec::new();
    for backend in try_join_all(backends).await? {
        times_us.extend(backend?);
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = processes.usage()?;
    let requests = times_us.len() as f64;
    let mut numbers = Numbers::default();
    numbers.add("requests", requests);
    numbers.add("requests_per_second", requests / seconds);
    numbers.add("cpu_us_per_request", (after.cpu_us - before.cpu_us) / requests);
    numbers.add("ms_p50", percentile_ms(&mut times_us, 0.5));
    numbers.add("ms_p99", percentile_ms(&mut times_us, 0.99));
    Ok(numbers)
}

async fn ask(mut connection: Connection, credentials: Credentials, user: String, times: u32) -> Result<Vec<u32>> {
    let mut times_us = Vec::with_capacity(times as usize);
    for _ in 0..times {
        let start = Instant::now();
        credentials.exchange(&mut connection, &user, true).await?;
        times_us.push(start.elapsed().as_micros() as u32);
    }
    Ok(times_us)
}
