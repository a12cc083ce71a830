//! The command line of `bega`.
//!
//! Every flag also reads an environment variable; a flag wins over the variable, the variable over
//! the configuration file, the file over the default.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand};

/// Video platform for refugee resettlement: remote interviews and orientation sessions.
#[derive(Debug, Parser)]
#[command(name = "bega", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Box<ServeFlags>),
    /// Bring the database to this version's tables
    Migrate(DataFlags),
    /// Manage the people who sign in
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Look after the audit log
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Print the OpenAPI document of the HTTP API
    Openapi,
    /// Plan a mission: reads an instance from standard input, prints the plan
    Plan(PlanFlags),
    /// Join a deployment as a participant and report how well it is reached
    Doctor(DoctorFlags),
}

/// Where the data is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DataFlags {
    /// Configuration file (TOML)
    #[arg(long, env = "BEGA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Directory of the embedded database and the keys [default: .bega]
    #[arg(long, env = "BEGA_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Database, such as postgres://host/bega [default: the embedded one in the data directory]
    #[arg(
        long,
        env = "BEGA_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) database: Option<String>,
}

/// How the server runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeFlags {
    #[command(flatten)]
    pub(crate) data: DataFlags,
    /// Fill the database with a believable centre and print its accounts
    #[arg(long, env = "BEGA_DEMO")]
    pub(crate) demo: bool,
    /// Also accept media tokens of key `devkey`, and open a room when somebody joins one
    #[arg(long, env = "BEGA_DEV")]
    pub(crate) dev: bool,
    /// Address of HTTP and signalling [default: 127.0.0.1:8080]
    #[arg(long, env = "BEGA_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// First port of media, UDP and TCP; each media worker takes one, counting up [default: 7882]
    #[arg(long, env = "BEGA_MEDIA_PORT", value_name = "PORT")]
    pub(crate) media_port: Option<u16>,
    /// Address under which clients reach the media ports; may be given more than once
    #[arg(long, env = "BEGA_MEDIA_IP", value_name = "IP", value_delimiter = ',')]
    pub(crate) media_ip: Vec<IpAddr>,
    /// Media workers [default: one for each core but one]
    #[arg(long, env = "BEGA_MEDIA_WORKERS", value_name = "N")]
    pub(crate) media_workers: Option<usize>,
    /// Relay for clients that reach us in no other way, such as turns:turn.example:443?transport=tcp;
    /// may be given more than once
    #[arg(long, env = "BEGA_TURN_URL", value_name = "URL", value_delimiter = ',')]
    pub(crate) turn_url: Vec<String>,
    /// Secret that the relay shares with this server
    #[arg(
        long,
        env = "BEGA_TURN_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub(crate) turn_secret: Option<String>,
    /// Address in the browser's address bar [default: http://localhost and the port]
    #[arg(long, env = "BEGA_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Reverse proxy whose X-Forwarded-For is believed; may be given more than once
    #[arg(
        long,
        env = "BEGA_TRUSTED_PROXY",
        value_name = "IP",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxy: Vec<IpAddr>,
    /// Log lines as JSON objects
    #[arg(long, env = "BEGA_LOG_JSON")]
    pub(crate) log_json: bool,
}

/// What is to be done about people.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a person who can sign in; reads the password from standard input
    Add(UserAddFlags),
}

/// Who is added.
#[derive(Args, Clone, Debug)]
pub(crate) struct UserAddFlags {
    #[command(flatten)]
    pub(crate) data: DataFlags,
    /// Organisation by name; added when there is none of that name
    #[arg(long)]
    pub(crate) organisation: String,
    /// E-mail to sign in with
    #[arg(long)]
    pub(crate) email: String,
    /// Name as others see it
    #[arg(long)]
    pub(crate) name: String,
    /// Role: coordinator, officer, interpreter, trainer or admin; may be given more than once
    #[arg(long = "role", required = true, value_delimiter = ',')]
    pub(crate) roles: Vec<String>,
    /// Language of the person, BCP 47; an interpreter's languages follow the first
    #[arg(long = "language", value_delimiter = ',', default_value = "en")]
    pub(crate) languages: Vec<String>,
}

/// What is to be done about the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Recompute every hash chain; names the first entry that was tampered with
    Verify(DataFlags),
}

/// Which deployment is examined.
#[derive(Args, Clone, Debug)]
pub(crate) struct DoctorFlags {
    /// Address of the deployment, such as <https://bega.example>
    pub(crate) url: String,
    /// Print one JSON object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a mission is planned.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlanFlags {
    /// Seconds it may take at most, from start to exit
    #[arg(long, default_value_t = 10.0, value_name = "N")]
    pub(crate) seconds: f64,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn several_media_addresses_may_be_given() {
        let cli = Cli::parse_from([
            "bega",
            "serve",
            "--media-ip",
            "192.0.2.1",
            "--media-ip",
            "2001:db8::1",
        ]);

        let Command::Serve(flags) = cli.command else {
            panic!("serve was asked for");
        };
        assert_eq!(flags.media_ip.len(), 2);
    }
}
