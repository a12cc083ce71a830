//! Opening the database, and bringing it up to date.

use std::{fs, os::unix::fs::DirBuilderExt as _};

use anyhow::Context as _;
use bega_store::Store;

use crate::{config::DataSettings, world};

/// Makes the data directory, opens the database and brings its tables to this version.
pub(crate) async fn open(settings: &DataSettings) -> anyhow::Result<Store> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&settings.directory)
        .with_context(|| {
            format!(
                "cannot make the data directory {}",
                settings.directory.display()
            )
        })?;
    let store = Store::connect(&settings.database).await?;
    store.migrate(world::now()).await?;
    Ok(store)
}

/// `bega migrate`.
pub(crate) async fn migrate(settings: &DataSettings) -> anyhow::Result<()> {
    open(settings).await?.close().await;
    println!("the database is up to date");
    Ok(())
}
