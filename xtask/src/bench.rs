//! `cargo xtask bench`: what the server costs, as ratios to a model asked directly and to nginx, all in one run.
//!
//! Times differ from machine to machine and from hour to hour; ratios of one run hold. The server has one core to
//! itself, the model and those who load it have the others.

mod cases;
mod machine;
mod sigmic;
mod table;

use crate::{build, process, tools, workspace};
use anyhow::{Context, Result};
use cases::{CHATS, Case, Measured, Target};
use machine::{Machine, Running, free_address, wait_until_it_listens};
use sigmic::Installation;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

/// What can be chosen on the command line.
#[derive(clap::Args)]
pub struct BenchArguments {
    /// How often everything is measured; the table has the medians.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Measures only the cases whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Measures this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Measures everything and prints the table, which it also leaves in `target/bench.md`.
pub fn run(arguments: BenchArguments) -> Result<()> {
    let sigmic = match &arguments.binary {
        Some(binary) => binary.canonicalize().context("there is no such binary")?,
        None => build::release()?,
    };
    let load = build_load()?;
    let nginx = tools::find_nginx();
    if let Err(error) = &nginx {
        eprintln!("Without nginx to compare with: {error:#}");
    }
    let folder = workspace::root().join("target/bench");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let machine = Machine::look()?;

    let bench = Bench::prepare(machine, sigmic, load, nginx.ok(), folder)?;
    let mut measured = Measured::default();
    for round in 1..=arguments.rounds {
        eprintln!("Round {round} of {}.", arguments.rounds);
        bench.round(round, arguments.only.as_deref().unwrap_or_default(), &mut measured)?;
    }
    let table = table::markdown(&measured, &bench.machine, arguments.rounds);
    println!("\n{table}");
    fs::write(workspace::root().join("target/bench.md"), table).context("target/bench.md cannot be written")
}

fn build_load() -> Result<PathBuf> {
    eprintln!("Building the load generator.");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--release", "--package", "sigmic-load", "--target-dir", "target"]);
    process::run(cargo.current_dir(workspace::root())).context("the load generator could not be built")?;
    Ok(workspace::root().join("target/release/load"))
}

/// All that is needed to measure.
struct Bench {
    machine: Machine,
    load: PathBuf,
    nginx: Option<PathBuf>,
    folder: PathBuf,
    installation: Installation,
    model: Running,
    model_address: SocketAddr,
}

impl Bench {
    fn prepare(
        machine: Machine,
        sigmic: PathBuf,
        load: PathBuf,
        nginx: Option<PathBuf>,
        folder: PathBuf,
    ) -> Result<Self> {
        let model_address = free_address()?;
        let mut model = machine.on_other_cores(&load);
        model.args(["model", "--listen", &model_address.to_string()]);
        let model = Running::start(model, &folder.join("model.log"))?;
        wait_until_it_listens(model_address)?;
        let installation = Installation::make(sigmic, &folder.join("sigmic"), model_address)?;
        Ok(Self { machine, load, nginx, folder, installation, model, model_address })
    }

    fn round(&self, round: u32, only: &str, measured: &mut Measured) -> Result<()> {
        let wants = |case: &str| case.contains(only);
        if wants(cases::EXCHANGE) {
            let mut bare = self.machine.on_servers_core(&self.load);
            bare.args(["bare", "--database"]).arg(self.folder.join(format!("bare-{round}.db")));
            measured.add(cases::EXCHANGE, Target::Direct, cases::numbers(bare)?);
            let server = self.start_sigmic()?;
            let mut drive = self.machine.on_other_cores(&self.load);
            drive.args(["drive", "exchange", "--connections", "32", "--times", "500"]);
            self.aim_at_sigmic(&mut drive, &server);
            measured.add(cases::EXCHANGE, Target::Sigmic, cases::numbers(drive)?);
        }
        for case in [cases::LOCAL_TOOL, cases::REMOTE_TOOL].into_iter().filter(|case| wants(case)) {
            self.tools(case, measured)?;
        }
        if CHATS.iter().any(|case| !case.needs_fresh_servers && wants(case.name)) {
            let (server, proxy) = (self.start_sigmic()?, self.start_nginx()?);
            for case in CHATS.iter().filter(|case| !case.needs_fresh_servers && wants(case.name)) {
                self.chats(case, &server, proxy.as_ref(), measured)?;
            }
        }
        for case in CHATS.iter().filter(|case| case.needs_fresh_servers && wants(case.name)) {
            let (server, proxy) = (self.start_sigmic()?, self.start_nginx()?);
            self.chats(case, &server, proxy.as_ref(), measured)?;
        }
        if wants(cases::START) {
            let server = self.start_sigmic()?;
            measured.add(cases::START, Target::Sigmic, cases::start_numbers(&server)?);
        }
        Ok(())
    }

    /// One case, before each target in turn.
    fn chats(
        &self,
        case: &Case,
        server: &sigmic::Server,
        proxy: Option<&(Running, SocketAddr)>,
        measured: &mut Measured,
    ) -> Result<()> {
        eprintln!("  {}", case.name);
        let drive = || {
            let mut drive = self.machine.on_other_cores(&self.load);
            drive.args(["drive", "chats"]).args(case.arguments);
            drive
        };
        let mut direct = drive();
        aim(&mut direct, self.model_address, &self.model);
        measured.add(case.name, Target::Direct, cases::numbers(direct)?);
        if let Some((nginx, address)) = proxy {
            let mut through_nginx = drive();
            aim(&mut through_nginx, *address, nginx);
            measured.add(case.name, Target::Nginx, cases::numbers(through_nginx)?);
        }
        let mut through_sigmic = drive();
        self.aim_at_sigmic(&mut through_sigmic, server);
        measured.add(case.name, Target::Sigmic, cases::numbers(through_sigmic)?);
        Ok(())
    }

    /// Tool calls by a plain client, then by way of Sigmic's connections.
    fn tools(&self, case: &'static str, measured: &mut Measured) -> Result<()> {
        eprintln!("  {case}");
        let folder = self.folder.join("tools");
        fs::create_dir_all(&folder)?;
        let address = free_address()?;
        let mut server = self.machine.on_other_cores(&self.load);
        server.args(["tool-server", "--listen", &address.to_string()]);
        let _server = Running::start(server, &self.folder.join("tool-server.log"))?;
        wait_until_it_listens(address)?;
        for (by, target) in [("plain", Target::Direct), ("pool", Target::Sigmic)] {
            let mut calls = self.machine.on_servers_core(&self.load);
            calls.args(["tools", "--by", by, "--folder"]).arg(&folder);
            match case {
                cases::LOCAL_TOOL => calls.arg("--sigmic").arg(&self.installation.sigmic),
                _ => calls.args(["--url", &format!("http://{address}/mcp")]),
            };
            measured.add(case, target, cases::numbers(calls)?);
        }
        Ok(())
    }

    fn aim_at_sigmic(&self, drive: &mut Command, server: &sigmic::Server) {
        aim(drive, server.address, &server.process);
        drive.args(["--app-id", &self.installation.app_id]).env("LOAD_APP_SECRET", &self.installation.app_secret);
    }

    fn start_sigmic(&self) -> Result<sigmic::Server> {
        self.installation.start(&self.machine, &self.folder.join("sigmic.log"))
    }

    fn start_nginx(&self) -> Result<Option<(Running, SocketAddr)>> {
        let Some(nginx) = &self.nginx else { return Ok(None) };
        let address = free_address()?;
        let settings = self.folder.join("nginx.conf");
        fs::write(&settings, nginx_settings(&self.folder, address, self.model_address))?;
        let mut command = self.machine.on_servers_core(nginx);
        command.arg("-c").arg(&settings).arg("-e").arg(self.folder.join("nginx-error.log"));
        let running = Running::start(command, &self.folder.join("nginx.log"))?;
        wait_until_it_listens(address)?;
        Ok(Some((running, address)))
    }
}

fn aim(drive: &mut Command, address: SocketAddr, process: &Running) {
    drive.args(["--to", &address.to_string(), "--pid", &process.pid().to_string()]);
}

/// nginx as nothing but a proxy: one worker, no log, no buffering, connections kept on both sides.
fn nginx_settings(folder: &Path, listen: SocketAddr, model: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-bodies;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    keepalive_requests 1000000;
    upstream model {{ server {model}; keepalive 1024; keepalive_requests 1000000; }}
    server {{
        listen {listen} backlog=4096;
        tcp_nodelay on;
        location / {{
            proxy_pass http://model;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_buffering off;
        }}
    }}
}}
"
    )
}
