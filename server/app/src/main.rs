//! The binary `bega`: configuration, clock, tasks, shutdown; wires the rest.
//!
//! `serve` is the map: it opens the store, starts the media plane, builds the hubs of the live
//! sessions and of the media conversations, and puts one HTTP server before them all. The seams
//! between the crates are implemented in `media` (the plane under the media hub), `doors` (who may
//! enter a media room) and `live` (what a live session needs of the store, and the API of it).

mod audit;
mod cli;
mod config;
mod data;
mod demo;
mod dev;
mod doctor;
mod doors;
mod health;
mod http;
mod keys;
mod live;
mod logging;
mod media;
mod observe;
mod plan;
mod serve;
mod servers;
mod user;
mod web;
mod webhooks;
mod world;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::{
    cli::{AuditCommand, Cli, Command, UserCommand},
    config::{DataSettings, Settings},
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads")
        .and_then(|runtime| runtime.block_on(run(cli.command)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bega: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(flags) => serve::run(Settings::load(*flags)?).await?,
        Command::Migrate(flags) => data::migrate(&DataSettings::load(&flags)?).await?,
        Command::User {
            command: UserCommand::Add(flags),
        } => user::add(flags).await?,
        Command::Audit {
            command: AuditCommand::Verify(flags),
        } => return audit::verify(&DataSettings::load(&flags)?).await,
        Command::Openapi => println!("{}", bega_api::openapi().to_pretty_json()?),
        Command::Plan(flags) => return plan::run(&flags),
        Command::Doctor(flags) => {
            let good = doctor::run(&flags).await?;
            return Ok(if good {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An error and what caused it, for whoever typed the command.
fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Some errors repeat their cause in their own text.
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn an_error_is_one_line_however_many_causes_it_has() {
        let error = anyhow!("no space\n  left")
            .context("cannot write")
            .context("cannot start");

        assert_eq!(
            one_line(&error),
            "cannot start: cannot write: no space left"
        );
    }
}
