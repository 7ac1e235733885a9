//! `sigmic serve`: puts the rooms together, serves, and stops in good order.

use crate::{
    agent::Agent,
    auth::{Auth, Sessions, Setup},
    clock::Clock,
    config::Config,
    demo::Demo,
    http::{self, AppState, Limits, Parts, listener, widget_files},
    llm::{registry::Registry, upstream::Patience},
    maintenance,
    mcp::{LocalServers, McpPool, PoolLimits},
    node::Node,
    project,
    project_tools::ProjectTools,
    store::Store,
};
use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::ExposeSecret;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// After the last run, open responses get this long to be read to their end.
const LAST_BYTES: Duration = Duration::from_secs(2);

/// Runs a server until SIGTERM or SIGINT.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let node = Node::claim(&config.data_dir)?;
    let clock = Clock::system();
    let store = Store::open(config.database_url.as_ref().map(ExposeSecret::expose_secret), &config.data_dir).await?;
    let resealed = project::apply::reseal(&store, &clock, &config.keys.encryption).await?;
    if resealed > 0 {
        tracing::info!(resealed, "provider keys are now encrypted with the newest ENCRYPTION_KEY");
    }
    let auth = Auth::new(store.clone(), clock.clone(), config.keys.clone());
    let models = Registry::new(Patience::default(), |name| config.provider_keys.named(name));
    let keys = config.keys.encryption.clone();
    let tool_servers = McpPool::new(pool_limits(&config), clock.clone());
    let tools = Arc::new(ProjectTools::new(tool_servers.clone()));
    let agent = Agent::new(store.clone(), clock.clone(), node.id.clone(), models, tools, keys).await?;

    let listener = bind(config.listen).await?;
    let address = listener.local_addr()?;
    let host = config
        .public_url
        .as_ref()
        .map_or_else(|| format!("http://{}", reachable(address)), |url| url.origin().ascii_serialization());
    let demo_listener = if config.demo { Some(bind(config.demo_listen).await?) } else { None };
    let demo_address = demo_listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let demo = match demo_address {
        Some(address) => Some(Demo::prepare(&store, &clock, &config.data_dir, host.clone(), address).await?),
        None => None,
    };
    let (setup, setup_token) = Setup::begin(&store, &clock).await?;
    let state = AppState::new(Parts {
        sessions: Sessions::new(store.clone(), clock.clone()),
        setup,
        limits: Limits::new(config.rate_limit_messages, config.rate_limit_tokens),
        public_origin: config.public_url.as_ref().map(|url| url.origin().ascii_serialization()),
        demo_app: demo.as_ref().map(|demo| demo.app_id().clone()),
        demo_url: demo_address.map(|address| format!("http://{}/", reachable(address))),
        metrics: PrometheusBuilder::new().install_recorder().context("metrics could not be set up")?,
        agent: agent.clone(),
        store: store.clone(),
        clock: clock.clone(),
        auth: auth.clone(),
    });
    maintenance::start(&state);
    if !widget_files::are_built_in() {
        tracing::warn!("this binary was built without a widget: build it with `cargo xtask build`");
    }
    let stopped = stop_signal()?;
    if let Some(token) = setup_token {
        // The one secret that is logged: it opens nothing once there is an account.
        tracing::info!("set up the Console on {host}/console/setup?token={}", token.expose_secret());
    }
    if let (Some(listener), Some(address), Some(demo)) = (demo_listener, demo_address, demo) {
        // The page can be opened at once: the app behind it is known by then.
        state.auth.directory().refresh_if_changed().await?;
        tracing::info!("demo on http://{}/", reachable(address));
        tokio::spawn(listener::serve(listener, demo.router(), until(stopped.clone()), LAST_BYTES));
    }
    tracing::info!(database = store.kind(), node = node.id, "listening on http://{address}");
    let serving =
        listener::serve(listener, http::router(state), until(stopped.clone()), config.shutdown_grace + LAST_BYTES);
    let finishing = async {
        until(stopped).await;
        tracing::info!("stopping: runs get {} s to finish", config.shutdown_grace.as_secs());
        agent.shutdown(config.shutdown_grace).await;
        tool_servers.close().await;
    };
    tokio::join!(serving, finishing);
    if let Err(error) = auth.keep_key_uses().await {
        tracing::warn!(%error, "when API keys were used last could not be written down");
    }
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn pool_limits(config: &Config) -> PoolLimits {
    PoolLimits {
        connections: config.mcp_connections,
        result_bytes: config.tool_result_bytes,
        ..PoolLimits::usual(LocalServers {
            folder: config.data_dir.join("mcp"),
            environment: config.local_server_environment.clone(),
        })
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Where this machine reaches a listener that listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

/// Turns true on SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = stop.send(true);
    });
    Ok(stopped)
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone can say no more: that is a stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}
