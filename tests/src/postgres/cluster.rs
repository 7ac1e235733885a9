//! Starting the cluster, finding it again, and seeing to its end.

use std::{
    ffi::OsStr,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::{Error, Result},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Seconds without a test after which the cluster is ended.
const IDLE_SECONDS: u32 = 60;

/// Gives the URL of this checkout's cluster, without a database, and starts it if it does not run.
/// It keeps running at least until the file is closed.
pub(super) fn join() -> Result<(String, File)> {
    let cluster = Cluster::find()?;
    let starting = cluster.lock_file("starting")?;
    starting.lock()?;
    if !cluster.is_running() {
        cluster.start()?;
    }
    let users = cluster.lock_file("users")?;
    users.lock_shared()?;
    Ok((fs::read_to_string(cluster.folder.join("url"))?, users))
}

struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// Postgres refuses to run as root; then it runs as the user that its package made.
    run_as: Option<Account>,
}

struct Account {
    user: u32,
    group: u32,
}

impl Cluster {
    fn find() -> Result<Self> {
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let run_as = if is_root { Some(Account::find("postgres")?) } else { None };
        let mut checkout = DefaultHasher::new();
        env!("CARGO_MANIFEST_DIR").hash(&mut checkout);
        let folder = std::env::temp_dir().join(format!("sigmic-postgres-{:x}", checkout.finish()));
        fs::create_dir_all(&folder)?;
        if let Some(account) = &run_as {
            chown(&folder, Some(account.user), Some(account.group))?;
        }
        Ok(Self { folder, programs: find_programs()?, run_as })
    }

    fn lock_file(&self, name: &str) -> Result<File> {
        File::options().create(true).append(true).open(self.folder.join(name))
    }

    fn is_running(&self) -> bool {
        let mut status = self.program("pg_ctl");
        succeed(status.args(["status", "-D", "data"])).is_ok()
    }

    fn start(&self) -> Result<()> {
        let data = self.folder.join("data");
        if data.exists() {
            fs::remove_dir_all(data)?;
        }
        let mut init = self.program("initdb");
        init.args(["-D", "data", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        succeed(&mut init)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // Nothing in here has to survive a crash of the machine.
        let options = format!(
            "-F -p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=500 \
             -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off",
            self.folder.display()
        );
        let mut start = self.program("pg_ctl");
        succeed(start.args(["start", "-w", "-D", "data", "-l", "log", "-o", &options]))?;
        fs::write(self.folder.join("url"), format!("postgres://postgres@127.0.0.1:{port}"))?;
        self.watch()
    }

    /// Leaves a watchdog behind that ends the cluster once nobody has used it for a while.
    fn watch(&self) -> Result<()> {
        let script = format!(
            "while \"$1/pg_ctl\" status -D data; do \
               idle=0; \
               while [ $idle -lt {IDLE_SECONDS} ]; do \
                 sleep 1; if flock --nonblock users true; then idle=$((idle + 1)); else idle=0; fi; \
               done; \
               flock starting flock --nonblock users \"$1/pg_ctl\" stop -m immediate -D data; \
             done"
        );
        let mut watchdog = self.command("setsid");
        watchdog.args(["sh", "-c", &script, "watchdog"]).arg(&self.programs).spawn().map(drop)
    }

    fn program(&self, name: &str) -> Command {
        self.command(self.programs.join(name))
    }

    /// A command that may outlive the test: it holds on to nothing of it.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some(account) = &self.run_as {
            command.uid(account.user).gid(account.group);
        }
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Account {
    fn find(name: &str) -> Result<Self> {
        let accounts = fs::read_to_string("/etc/passwd")?;
        let found = accounts.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [account, _, user, group, ..] = fields[..] else { return None };
            (account == name).then_some(Self { user: user.parse().ok()?, group: group.parse().ok()? })
        });
        found.ok_or_else(|| Error::other(format!("there is no user {name}: is Debian's postgresql installed?")))
    }
}

/// The folder of the newest Postgres that Debian installed.
fn find_programs() -> Result<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = installed.filter(|path| path.join("bin/initdb").exists()).max_by_key(|path| version(path));
    newest.map(|path| path.join("bin")).ok_or_else(|| Error::other("Postgres is missing: apt-get install postgresql"))
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    status.success().then_some(()).ok_or_else(|| Error::other(format!("{command:?} failed: {status}")))
}
