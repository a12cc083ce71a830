//! The store on both engines: every test here runs on SQLite and on PostgreSQL.

mod accounts;
mod audit;
mod booking;
mod devices;
mod invitations;
mod line_checks;
mod live;
mod opening;
mod properties;
mod races;
mod walls;
mod world;

/// Makes of each scene a test on each engine.
macro_rules! on_both_engines {
    ($($scene:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scene() {
                super::$scene(crate::world::World::on_sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scene() {
                super::$scene(crate::world::World::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
