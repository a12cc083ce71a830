//! `bega audit verify`: recomputes the hash chain of every organisation.

use std::process::ExitCode;

use bega_store::AuditError;

use crate::{config::DataSettings, data};

/// Verifies every chain; exit code 1 when one is broken.
pub(crate) async fn verify(settings: &DataSettings) -> anyhow::Result<ExitCode> {
    let store = data::open(settings).await?;
    let mut broken = false;
    for organisation in store.organisations().await? {
        match store.audit_verify(organisation.id, None).await {
            Ok(report) => println!("{}: {} entries, whole", organisation.name, report.entries),
            Err(AuditError::Store(error)) => return Err(error.into()),
            Err(error) => {
                broken = true;
                println!("{}: BROKEN: {error}", organisation.name);
            }
        }
    }
    store.close().await;
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
