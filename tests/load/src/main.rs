//! `bega-load`: simulated participants with real ICE, DTLS and SRTP, cheap enough to load a server
//! from the same machine.
//!
//! ```text
//!  sfu::{Bega, Janus} -- joins: signalling, on tokio --> plane: one thread, all sockets
//!                                                          bot: ICE, DTLS, SRTP, counting
//!                                                          stream: packets with their time of sending
//! ```
//!
//! Every command prints one JSON object with what it measured. `tests/bench` starts the servers
//! and makes figures of it.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures are rounded anyway, and what is counted is not below zero"
)]

mod abuse;
mod bot;
mod clock;
mod delays;
mod floor;
mod plane;
mod process;
mod recover;
mod rtp;
mod run;
mod sdp;
mod sfu;
mod storm;
mod stream;
mod stun;

use clap::{Parser, Subcommand};

/// Simulated participants that load an SFU.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Rooms full of people, for a while.
    Run(run::Run),
    /// Many people who come at once.
    Storm(storm::Storm),
    /// A server that ends in the middle of sessions.
    Recover(recover::Recover),
    /// Hostile traffic while sessions run.
    Abuse(abuse::Abuse),
    /// What sending alone costs: seal, rewrite, send in runs, in a loop.
    Floor(floor::Floor),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let measured = match Cli::parse().command {
        Command::Run(run) => run.measure().await?,
        Command::Storm(storm) => storm.measure().await?,
        Command::Recover(recover) => recover.measure().await?,
        Command::Abuse(abuse) => abuse.measure().await?,
        Command::Floor(floor) => floor.measure()?,
    };
    println!("{measured}");
    Ok(())
}
