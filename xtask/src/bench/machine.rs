//! The machine: which core is whose, and processes on them.

use crate::process::find_program;
use anyhow::{Context, Result, bail};
use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long anything may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How often it is asked whether it has.
const ASK_EVERY: Duration = Duration::from_micros(500);

/// Thousands of streams need as many files as the system allows. Then the program takes the shell's place.
const WITH_ALL_FILES: &str = r#"ulimit -n "$(ulimit -H -n)"; exec "$@""#;

/// The cores there are, and whether processes can be kept to them.
pub struct Machine {
    /// How many there are.
    pub cores: usize,
    /// Whether the server has one to itself.
    pub pins: bool,
}

impl Machine {
    /// Looks at the machine this runs on.
    pub fn look() -> Result<Self> {
        let cores = thread::available_parallelism().context("the cores cannot be counted")?.get();
        let pins = cores > 1 && find_program("taskset").is_some();
        if !pins {
            eprintln!("The server shares its core with those who load it: this needs two cores and taskset.");
        }
        Ok(Self { cores, pins })
    }

    /// `program` on the core that belongs to the server under test.
    pub fn on_servers_core(&self, program: &Path) -> Command {
        self.on_cores("0".to_owned(), program)
    }

    /// `program` on the others.
    pub fn on_other_cores(&self, program: &Path) -> Command {
        self.on_cores(format!("1-{}", self.cores - 1), program)
    }

    fn on_cores(&self, cores: String, program: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", WITH_ALL_FILES, "sh"]);
        if self.pins {
            command.args(["taskset", "--cpu-list", &cores]);
        }
        command.arg(program);
        command
    }
}

/// A process that is ended when this is dropped.
pub struct Running(Child);

impl Running {
    /// Starts it; what it writes goes to `log`.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let log = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.spawn().map(Self).with_context(|| format!("{command:?} does not start"))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Politely first, so that nginx takes its worker with it.
        let _ = Command::new("kill").arg(self.pid().to_string()).stderr(Stdio::null()).status();
        let asked = Instant::now();
        while asked.elapsed() < START_LIMIT {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that nobody listens on.
pub fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr()?)
}

/// Returns once somebody does.
pub fn wait_until_it_listens(address: SocketAddr) -> Result<TcpStream> {
    let start = Instant::now();
    while start.elapsed() < START_LIMIT {
        if let Ok(stream) = TcpStream::connect(address) {
            return Ok(stream);
        }
        thread::sleep(ASK_EVERY);
    }
    bail!("nothing listens on {address}: the logs in target/bench may say why")
}
